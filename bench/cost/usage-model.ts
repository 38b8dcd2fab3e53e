import type { Traffic } from "../simulation/simulate-traffic.ts";
import type { Usage } from "./bill.ts";
import { type Deployment, shardsPerTarget } from "./deployments.ts";

/** What was counted, for one of each. */
export interface Coefficients {
  readonly rowsPerCommit: number;
  /** Rows of objects that the end of a minute takes, beside the log. */
  readonly minuteRowsPerSeries: number;
  readonly minuteRowsPerShard: number;
  readonly minuteRowsOfTenant: number;
  readonly minuteD1RowsPerSeries: number;
  /** Rows read for each that is written, in objects and in D1. */
  readonly readsPerRow: number;
  readonly d1ReadsPerRow: number;
  /** CPU of Workers: for timing the calls of a request, for a flush, for each target of it. */
  readonly requestCpuMs: number;
  readonly flushCpuMs: number;
  readonly flushCpuMsPerTarget: number;
  /** Bytes in D1 of a series' history, when as much is deleted as comes in; by the rate of its timings. */
  readonly historyBytesPerSeries: (timingsPerSecond: number) => number;
}

/** What is allotted to an object, whatever it uses. */
const OBJECT_GB = 0.128;
/** Ticks that come sooner are left to timers; see `object-alarm.ts`. */
const NEAR_MS = 5_000;
/** Beside those an alarm goes off every so often. */
const BACKSTOP_MS = 10_000;
/** What a shard's log keeps at most of what it let go of; see `sqlite-shard-store.ts`. */
const SPARE_BYTES = 1_024 * 16_384;
/** A minute's row of a series goes again, and with it one of the minute itself. */
const FORGOTTEN_ROWS = 1;
/** What comes to D1 is deleted when its retention is over, which is billed as it was written. */
const D1_WRITES = 2;

/** Timings a second of a whole fleet. */
export function timingsPerSecond({ requestsPerSecond, targets }: Deployment): number {
  return requestsPerSecond * targets;
}

/** Targets and operations, with the whole of each target. */
export function seriesOf(targets: number, operations: number): number {
  return targets * (operations + 1);
}

/** Rows of objects that one end of a minute takes. */
export function minuteRows(
  counted: Pick<Coefficients, "minuteRowsPerSeries" | "minuteRowsPerShard" | "minuteRowsOfTenant">,
  shards: number,
  series: number,
): number {
  const { minuteRowsPerSeries, minuteRowsPerShard, minuteRowsOfTenant } = counted;
  return minuteRowsPerSeries * series + minuteRowsPerShard * shards + minuteRowsOfTenant;
}

/** Alarms of the coordinator, each a request and a row. */
export function alarmsPerSecond(tickMs: number): number {
  return 1_000 / (tickMs < NEAR_MS ? BACKSTOP_MS : tickMs);
}

/**
 * What Tachograph uses of what is billed: units a second, gigabytes stored.
 * @param traffic of the whole fleet.
 */
export function tachographUsage(
  deployment: Deployment,
  traffic: Pick<Traffic, "flushesPerSecond" | "shardRequestsPerSecond" | "commitsPerSecond">,
  counted: Coefficients,
): Usage {
  const { targets, operations, tickMs, requestsPerSecond } = deployment;
  const shards = targets * shardsPerTarget(deployment);
  const series = seriesOf(targets, operations);
  const alarms = alarmsPerSecond(tickMs);
  const collects = (shards * 1_000) / tickMs;
  const perMinute = minuteRows(counted, shards, series) + FORGOTTEN_ROWS * (series + 1);
  const rows = traffic.commitsPerSecond * counted.rowsPerCommit + alarms + perMinute / 60;
  const d1Rows = (D1_WRITES * counted.minuteD1RowsPerSeries * series) / 60;
  const seriesRate = timingsPerSecond(deployment) / (targets * operations);
  return {
    objectRequests: traffic.shardRequestsPerSecond + collects + alarms,
    objectGbSeconds: (shards + 1) * OBJECT_GB,
    objectRowsRead: rows * counted.readsPerRow,
    objectRowsWritten: rows,
    objectStoredGb: (shards * SPARE_BYTES) / 1e9,
    d1RowsRead: d1Rows * counted.d1ReadsPerRow,
    d1RowsWritten: d1Rows,
    d1StoredGb: (series * counted.historyBytesPerSeries(seriesRate)) / 1e9,
    workerCpuMs:
      requestsPerSecond * counted.requestCpuMs +
      traffic.flushesPerSecond * (counted.flushCpuMs + targets * counted.flushCpuMsPerTarget),
  };
}
