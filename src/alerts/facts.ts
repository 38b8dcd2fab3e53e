import type { MeasureStats } from "../merge/measure-stats.ts";
import type { MinuteSum } from "../merge/minute-counts.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { TargetKind } from "../target-kind.ts";

/** A rolling window as rules see it. */
export interface WindowFacts {
  readonly count: number;
  readonly error: number;
  readonly timeout: number;
  readonly rateLimited: number;
  readonly hit: number;
  readonly miss: number;
  /** Null without timings. */
  readonly meanMs: number | null;
  /** The value at a percentile, above 0 to 100, in milliseconds; null without timings. */
  percentileMs(percentile: number): number | null;
  /** The numbers beside the timings. */
  readonly measures: MeasureStats;
}

/** A target's counts by the minute, over the last day. */
export interface MinuteFacts {
  /** The sum of the newest `windowMs`, in whole minutes of which the current one is the last. */
  sum(windowMs: number): MinuteSum;
  /** Timings a minute over the last 24 h; null as long as the target is not known for so long. */
  dailyMeanPerMinute(): number | null;
  /** When the newest minute with a timing ended, or now if that is the current one; null for none. */
  lastTimingAt(): number | null;
}

/** What is known of one series at one moment. */
export interface SeriesFacts {
  readonly target: string;
  /** `*` for the whole target. */
  readonly operation: string;
  readonly kind: TargetKind;
  window(name: WindowName): WindowFacts;
  /** Of whole targets only. */
  readonly minutes: MinuteFacts | undefined;
  /** Whether a shard of its target did not answer, so that some of it may be missing. */
  readonly isPartial: boolean;
  /** Errors in a row of a whole target; undefined where it is not known. */
  readonly errorStreak: number | undefined;
}

/** Everything that rules are evaluated against at one moment. */
export interface Facts {
  readonly nowMs: number;
  readonly series: Iterable<SeriesFacts>;
}
