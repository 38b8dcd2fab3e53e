import { formatCount, formatDuration } from "../output/format.ts";
import { MAX_BATCH } from "../send/timing-batches.ts";
import { usageError } from "../usage-error.ts";
import type { PaceOptions } from "./open-loop-pacer.ts";

/** How a run of load goes. */
export interface LoadPlan extends Omit<PaceOptions, "startMs"> {
  /** Most requests that are under way at the same time. */
  readonly concurrency: number;
}

/** What is asked for. */
export interface LoadAsked {
  /** Timings a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Timings of one request. */
  readonly batch?: number;
  readonly concurrency: number;
}

/** The longest run, milliseconds. */
export const MAX_RUN_MS = 3_600_000;

/** Most timings of a run. */
export const MAX_TOTAL = 5_000_000;

/** As many requests a second as are made if nobody says how large they are. */
export const DEFAULT_REQUESTS_PER_SECOND = 20;

/** A request that was due for longer is not made any more, milliseconds. */
const GIVE_UP_AFTER_MS = 1_000;

/** @throws CliError for more than may be. */
export function loadPlan({ rate, duration, batch, concurrency }: LoadAsked): LoadPlan {
  if (duration > MAX_RUN_MS)
    throw usageError(`--duration may be ${formatDuration(MAX_RUN_MS)} at most`);
  const total = Math.max(1, Math.round((rate * duration) / 1_000));
  if (total > MAX_TOTAL) {
    throw usageError(
      `that would be ${formatCount(total)} timings, and may be ${formatCount(MAX_TOTAL)}: ` +
        "lower --rate or --duration",
    );
  }
  const byDefault = Math.min(Math.ceil(rate / DEFAULT_REQUESTS_PER_SECOND), MAX_BATCH);
  return {
    perSecond: rate,
    batch: Math.min(batch ?? byDefault, total),
    total,
    concurrency,
    giveUpAfterMs: GIVE_UP_AFTER_MS,
  };
}
