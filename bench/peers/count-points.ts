import { INFLUX_DATABASE } from "./influxdb.ts";
import type { Peer } from "./peer.ts";

/** How many samples of the last hour VictoriaMetrics has. @param selector - of their series. */
export async function countInVictoriaMetrics({ url }: Peer, selector: string): Promise<number> {
  await ask(`${url}/internal/force_flush`);
  const query = new URLSearchParams({
    query: `sum(count_over_time(${selector}[1h]))`,
    nocache: "1",
  });
  const answer = await ask(`${url}/api/v1/query?${query.toString()}`);
  const { data } = await answer.json<{
    data: { result: readonly { value: readonly [number, string] }[] };
  }>();
  return Number(data.result[0]?.value[1] ?? 0);
}

/** How many points of the measurement `timing` InfluxDB has. */
export async function countInInfluxdb({ url }: Peer): Promise<number> {
  const query = new URLSearchParams({
    db: INFLUX_DATABASE,
    q: "SELECT COUNT(ms) FROM timing",
  });
  const answer = await ask(`${url}/query?${query.toString()}`);
  const { results } = await answer.json<{
    results: readonly { series?: readonly { values: readonly (readonly number[])[] }[] }[];
  }>();
  return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

async function ask(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
