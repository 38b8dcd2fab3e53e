import { throughputGrade, type ThroughputGrade } from "../grades/throughput-grade.ts";
import type { MinuteCounts } from "../merge/minute-counts.ts";
import { DAY_MS, HOUR_MS } from "../merge/slot-time.ts";

/** Timings a minute, of one target or several together; null until there are so many minutes. */
export interface ThroughputMeans {
  readonly mean6hPerMinute: number | null;
  readonly mean24hPerMinute: number | null;
  /** The former by the latter; null if there is no day yet, or it was empty. */
  readonly ratio: number | null;
  readonly grade: ThroughputGrade;
}

/** Holds the last 6 hours against the last 24, in whole minutes that have ended. */
export function throughputMeans(
  targets: readonly string[],
  minutes: Pick<MinuteCounts, "meanPerMinute">,
): ThroughputMeans {
  const mean6hPerMinute = minutes.meanPerMinute(targets, 6 * HOUR_MS);
  const mean24hPerMinute = minutes.meanPerMinute(targets, DAY_MS);
  const isKnown = mean6hPerMinute !== null && mean24hPerMinute !== null && mean24hPerMinute > 0;
  const ratio = isKnown ? mean6hPerMinute / mean24hPerMinute : null;
  return { mean6hPerMinute, mean24hPerMinute, ratio, grade: throughputGrade(ratio) };
}
