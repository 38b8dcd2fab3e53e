import { build, type Histogram } from "hdr-histogram-js";

/** How long requests took, milliseconds; null without any. */
export interface LatencySummary {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** The longest time that is told apart, microseconds: an hour. */
const HIGHEST_US = 3_600_000_000;

/** Collects how long requests took, to the microsecond and three digits. */
export class RequestLatency {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });

  record(durationMs: number): void {
    const us = Math.round(durationMs * 1_000);
    this.#histogram.recordValue(Math.min(Math.max(us, 0), HIGHEST_US));
  }

  summary(): LatencySummary {
    const at = (percentile: number): number | null =>
      this.#histogram.totalCount === 0
        ? null
        : this.#histogram.getValueAtPercentile(percentile) / 1_000;
    return { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), maxMs: at(100) };
  }
}
