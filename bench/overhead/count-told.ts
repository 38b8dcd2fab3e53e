import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { countInInfluxdb, countInVictoriaMetrics } from "../peers/count-points.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import type { Way } from "./tracking-load.ts";

/** Instead of Tachograph. */
export type OtherWay = Exclude<Way, "plain" | "tachograph" | "watched">;

/** How many calls each has been told of, by its own word. */
export type Counters = ReadonlyMap<OtherWay, () => Promise<number>>;

/** Of all who are there. Tachograph's client counts itself what it could not tell. */
export function countersOf(
  { naive }: ComparisonSystem,
  victoriaMetrics: Peer | MissingPeer,
  influxdb: Peer | MissingPeer,
): Counters {
  const rows = async (): Promise<Readonly<Record<"d1" | "objects", number>>> => {
    const response = await fetch(`${naive}/count`);
    if (!response.ok) throw new Error(`the rows were not counted: ${response.status}`);
    return response.json();
  };
  const counters = new Map<OtherWay, () => Promise<number>>([
    ["do", async () => (await rows()).objects],
    ["d1", async () => (await rows()).d1],
  ]);
  if (!isMissing(victoriaMetrics)) {
    counters.set("victoria-metrics", () => countInVictoriaMetrics(victoriaMetrics, "timing_ms"));
  }
  if (!isMissing(influxdb)) counters.set("influxdb", () => countInInfluxdb(influxdb));
  return counters;
}
