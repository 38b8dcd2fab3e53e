import { setTimeout as sleep } from "node:timers/promises";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { isMissing } from "../peers/peer.ts";
import type { Pace } from "./at-random.ts";
import type { PeerFreshness } from "./peer-freshness.ts";
import { measurePolled } from "./polled.ts";
import { sumOf } from "./prometheus-answer.ts";

/** Beyond what is asked for. */
const LONG_AGO_MS = 10 * 60_000;
const SETTLE_MS = 2_000;
const COUNT = "sum(count_over_time(timing_ms[5m]))";

/** A line per call, in its quickest way in; asked as Grafana would. */
export async function measureVictoriaMetrics(pace: Pace): Promise<PeerFreshness> {
  const peer = await startVictoriaMetrics();
  if (isMissing(peer)) return peer;
  // Without `nocache`, a query is about the time a second before it, whatever the offset is set to.
  const search = new URLSearchParams({ query: COUNT, nocache: "1" });
  const query = `${peer.url}/api/v1/query?${search.toString()}`;
  const write = async (at: number): Promise<void> => {
    const body = `timing,target=meta,operation=events ms=20 ${at}`;
    const response = await fetch(`${peer.url}/write?precision=ms`, { method: "POST", body });
    if (!response.ok) throw new Error(`VictoriaMetrics answered ${response.status}`);
  };
  try {
    // A series must be known before it is asked for: a search that finds none is kept for 10 s.
    await write(Date.now() - LONG_AGO_MS);
    await sleep(SETTLE_MS);
    const { delaysMs } = await measurePolled({ tell: write, count: () => sumOf(query) }, pace);
    return { delaysMs };
  } finally {
    await peer.stop();
  }
}
