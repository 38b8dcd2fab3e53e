import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import { DriverSender } from "./driver-sender.ts";
import {
  histogramLogEncoding,
  influxdbEncoding,
  jsonEncoding,
  victoriaMetricsEncodings,
  vmRangeEncoding,
} from "./encodings.ts";
import { HttpSender } from "./http-sender.ts";
import type { Sender } from "./sender.ts";

/** Who takes timings, and in what way. */
export type SystemName =
  | "answer"
  | "hop"
  | "binding"
  | "json"
  | "spreadJson"
  | "histograms"
  | "victoriaMetrics"
  | "vmRanges"
  | "influxdb"
  | "d1"
  | "objects";

/** Timings a request. */
export const SIZES = [1, 100, 1_000] as const;

/** One that is measured. */
export interface MeasuredSystem {
  /** As it is called in the tables. */
  readonly title: string;
  /** Whose CPU time counts. */
  readonly pid: number;
  /** Whose rows count; none of a server that has none. */
  readonly usageOf?: "tachograph" | "naive";
  /** Ways to say the same, of which the quickest is measured. */
  readonly senders: readonly Sender[];
  /** Timings a request that it is measured with; without it, all of {@link SIZES}. */
  readonly sizes?: readonly number[];
  /** What it promises when it answers. */
  readonly durable: string;
}

const OBJECT_STORAGE =
  "yes: in the object's storage, which on the platform is replicated before the answer";
const VM_MEMORY = "no: in memory, on disk within seconds";

/** All that are there, in the order of the table. */
export function systemsOf(
  comparison: ComparisonSystem,
  victoriaMetrics: Peer | MissingPeer,
  influxdb: Peer | MissingPeer,
): ReadonlyMap<SystemName, MeasuredSystem> {
  const { tachograph, naive, driver, pid } = comparison;
  const timingsUrl = `${tachograph}/v1/timings`;
  const ours = { pid, usageOf: "tachograph", durable: OBJECT_STORAGE } as const;
  const theirs = { pid, usageOf: "naive" } as const;
  const naiveJson = (path: string): Sender =>
    new HttpSender(jsonEncoding(path, `${naive}/${path}`));
  const systems = new Map<SystemName, MeasuredSystem>([
    [
      "answer",
      {
        ...theirs,
        title: "A Worker that only answers",
        senders: [naiveJson("answer")],
        durable: "nothing is kept",
      },
    ],
    [
      "hop",
      {
        ...theirs,
        title: "A Worker that calls an object that does nothing",
        senders: [naiveJson("nothing")],
        sizes: [1],
        durable: "nothing is kept",
      },
    ],
    [
      "binding",
      {
        ...ours,
        title: "Tachograph, service binding",
        senders: [new DriverSender(driver)],
      },
    ],
    [
      "json",
      {
        ...ours,
        title: "Tachograph, HTTP",
        senders: [new HttpSender(jsonEncoding("json", timingsUrl))],
      },
    ],
    [
      "spreadJson",
      {
        ...ours,
        title: "Tachograph, HTTP, senders of five platforms",
        senders: [new HttpSender({ ...jsonEncoding("json", timingsUrl), isSpread: true })],
        sizes: [1],
      },
    ],
    [
      "histograms",
      {
        ...ours,
        title: "Tachograph, HTTP, aggregated by the sender",
        senders: [new HttpSender(histogramLogEncoding(comparison))],
      },
    ],
  ]);
  if (!isMissing(victoriaMetrics)) {
    const { url, pid: peerPid } = victoriaMetrics;
    systems.set("victoriaMetrics", {
      title: "VictoriaMetrics",
      pid: peerPid,
      senders: victoriaMetricsEncodings(url).map((encoding) => new HttpSender(encoding)),
      durable: VM_MEMORY,
    });
    systems.set("vmRanges", {
      title: "VictoriaMetrics, aggregated by the sender",
      pid: peerPid,
      senders: [new HttpSender(vmRangeEncoding(url))],
      durable: VM_MEMORY,
    });
  }
  if (!isMissing(influxdb)) {
    systems.set("influxdb", {
      title: "InfluxDB",
      pid: influxdb.pid,
      senders: [new HttpSender(influxdbEncoding(influxdb.url))],
      durable: "yes: its log is synced with every write",
    });
  }
  systems.set("d1", {
    ...theirs,
    title: "A D1 row per timing",
    senders: [naiveJson("d1")],
    durable: "yes, as D1 promises it",
  });
  systems.set("objects", {
    ...theirs,
    title: "A Durable Object call per timing",
    senders: [naiveJson("do")],
    // A batch is as many calls: no quicker, and thousands of them at once.
    sizes: [1],
    durable: OBJECT_STORAGE,
  });
  return systems;
}
