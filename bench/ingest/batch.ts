import { OUTCOMES, type Outcome } from "../../src/outcome.ts";
import type { TimingColumns } from "../../src/wire/timing-columns.ts";
import { CONNECTIONS } from "./sender.ts";
import { sampleColumns } from "../workers/sample-columns.ts";

/** The platforms that the timings are of. */
export const TARGETS = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;

/** How many distinct requests of a size a sender has, to send again and again. */
export const VARIETY: ReadonlyMap<number, number> = new Map([
  [1, 64],
  [100, 8],
  [1_000, 2],
]);

/**
 * The seed of a sender's `i`-th request. All of a sender's are of one target: that of all senders, or
 * its own where they are `spread`.
 */
export function seedOf(sender: number, i: number, isSpread: boolean): number {
  const request = TARGETS.length * (CONNECTIONS * i + sender);
  return isSpread ? request + sender : request;
}

/** One call, as a sender knows it. */
export interface BatchTiming {
  readonly target: string;
  readonly operation: string;
  readonly outcome: Outcome;
  readonly durationUs: number;
  /** When it ended, in its second: 0 to 999. No two calls of a target share one. */
  readonly offsetMs: number;
}

/** The timings of one target. */
export interface TargetColumns {
  readonly target: string;
  readonly columns: TimingColumns;
}

/**
 * What one request carries: so many timings of one target, as a client reports that has its buffer
 * full.
 * @param seed decides on everything: durations, operations, outcomes, and the target.
 */
export function batchColumns(size: number, seed: number): TargetColumns {
  const columns = sampleColumns(size, seed, 0);
  const atOffsetMs = Int32Array.from({ length: size }, (_, i) => Math.floor((i / size) * 1_000));
  const target = TARGETS[seed % TARGETS.length] ?? TARGETS[0];
  return { target, columns: { ...columns, atOffsetMs } };
}

/** {@link batchColumns} as a list. */
export function batchTimings(size: number, seed: number): BatchTiming[] {
  const { target, columns } = batchColumns(size, seed);
  return Array.from(columns.durationUs, (durationUs, i) => ({
    target,
    operation: columns.operations[columns.operationIndex[i] ?? 0] ?? "",
    outcome: OUTCOMES[columns.outcome[i] ?? 0] ?? "ok",
    durationUs,
    offsetMs: columns.atOffsetMs[i] ?? 0,
  }));
}

/** Timings of one series, as a server of time series sees them. */
export interface BatchSeries extends Pick<BatchTiming, "target" | "operation" | "outcome"> {
  readonly durationsUs: readonly number[];
  readonly offsetsMs: readonly number[];
}

/** The same timings by target, operation and outcome; of each, in order of time. */
export function batchSeries(timings: readonly BatchTiming[]): BatchSeries[] {
  const byName = Map.groupBy(
    timings,
    ({ target, operation, outcome }) => `${target}/${operation}/${outcome}`,
  );
  return [...byName.values()].flatMap((calls) => {
    const [first] = calls;
    if (first === undefined) return [];
    const { target, operation, outcome } = first;
    const sorted = calls.toSorted((left, right) => left.offsetMs - right.offsetMs);
    return {
      target,
      operation,
      outcome,
      durationsUs: sorted.map(({ durationUs }) => durationUs),
      offsetsMs: sorted.map(({ offsetMs }) => offsetMs),
    };
  });
}
