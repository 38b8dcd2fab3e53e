import { INFLUX_DATABASE, startInfluxdb } from "../peers/influxdb.ts";
import { isMissing } from "../peers/peer.ts";
import type { Pace } from "./at-random.ts";
import type { PeerFreshness } from "./peer-freshness.ts";
import { measurePolled } from "./polled.ts";

interface InfluxAnswer {
  readonly results: readonly {
    readonly series?: readonly {
      readonly values: readonly (readonly [number | string, number])[];
    }[];
  }[];
}

const NS_PER_MS = 1_000_000n;

/** A point per call. */
export async function measureInfluxdb(pace: Pace): Promise<PeerFreshness> {
  const peer = await startInfluxdb();
  if (isMissing(peer)) return peer;
  const write = `${peer.url}/write?db=${INFLUX_DATABASE}`;
  const search = new URLSearchParams({ db: INFLUX_DATABASE, q: "SELECT COUNT(ms) FROM timing" });
  const query = `${peer.url}/query?${search.toString()}`;
  try {
    const { delaysMs } = await measurePolled(
      {
        async tell(at, i) {
          // Two points of one series at one time would be one.
          const ns = BigInt(at) * NS_PER_MS + BigInt(i);
          const body = `timing,target=meta,operation=events ms=20 ${ns}`;
          const response = await fetch(write, { method: "POST", body });
          if (!response.ok) throw new Error(`InfluxDB answered ${response.status}`);
        },
        async count() {
          const response = await fetch(query);
          if (!response.ok) throw new Error(`InfluxDB answered ${response.status}`);
          const { results } = await response.json<InfluxAnswer>();
          return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
        },
      },
      pace,
    );
    return { delaysMs };
  } finally {
    await peer.stop();
  }
}
