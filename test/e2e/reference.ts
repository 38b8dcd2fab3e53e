import { build, decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import { expect } from "vitest";
import type { Outcome } from "../../src/outcome.ts";
import type { Stats } from "./api.ts";

/** What hdr-histogram-js has and its types do not tell. */
type JsHistogram = Histogram & {
  readonly countsArrayLength: number;
  getCountAtIndex(index: number): number;
  valueFromIndex(index: number): number;
  medianEquivalentValue(value: number): number;
};

/** 1 µs to 600 s, three digits: the layout that everything is kept in. */
export const LAYOUT = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 600_000_000,
  numberOfSignificantValueDigits: 3,
  bitBucketSize: 32,
  useWebAssembly: false,
} as const;

const EMPTY = build(LAYOUT) as JsHistogram;

export interface Timing {
  readonly target: string;
  readonly operation: string;
  readonly durationUs: number;
  readonly outcome: Outcome;
}

/** The truth about one series: a single histogram of hdr-histogram-js, and plain sums. */
export class Reference {
  readonly histogram = build(LAYOUT) as JsHistogram;
  readonly outcomes = { ok: 0, error: 0, timeout: 0, rate_limited: 0, hit: 0, miss: 0 };
  minUs = Infinity;
  maxUs = 0;
  sumUs = 0;

  record(durationUs: number, outcome: Outcome, count = 1): void {
    this.histogram.recordValueWithCount(durationUs, count);
    this.outcomes[outcome] += count;
    this.minUs = Math.min(this.minUs, durationUs);
    this.maxUs = Math.max(this.maxUs, durationUs);
    this.sumUs += durationUs * count;
  }

  /** The fields of a window or a point of history, exactly. */
  stats(): Stats {
    const { ok, error, timeout, rate_limited: rateLimited, hit, miss } = this.outcomes;
    const count = this.histogram.totalCount;
    // The bucket's highest value, but never above the longest timing, which is known exactly.
    const percentile = (p: number): number => this.histogram.getValueAtPercentile(p) / 1000;
    return {
      count,
      ok,
      error,
      timeout,
      rateLimited,
      hit,
      miss,
      minMs: this.minUs / 1000,
      meanMs: this.sumUs / count / 1000,
      maxMs: this.maxUs / 1000,
      p50Ms: percentile(50),
      p90Ms: percentile(90),
      p95Ms: percentile(95),
      p99Ms: percentile(99),
      p999Ms: percentile(99.9),
    };
  }
}

/** One {@link Reference} per series, each target's `*` included. */
export class References {
  readonly bySeries = new Map<string, Reference>();
  total = 0;

  record({ target, operation, durationUs, outcome }: Timing, count = 1): void {
    this.total += count;
    for (const name of [`${target}/${operation}`, `${target}/*`]) {
      let reference = this.bySeries.get(name);
      if (reference === undefined) {
        reference = new Reference();
        this.bySeries.set(name, reference);
      }
      reference.record(durationUs, outcome, count);
    }
  }
}

/** Only the fields that {@link Reference.stats} speaks of; the rest depend on the stretch of time. */
export function comparable(stats: Stats, like: Stats): object {
  const fields = Object.keys(like) as (keyof Stats)[];
  return Object.fromEntries(fields.map((field) => [field, stats[field]]));
}

/** Fails unless the encoded histogram has the reference's count in every bucket. */
export function expectSameBuckets(encoded: string, reference: Reference, name: string): void {
  const decoded = decodeFromCompressedBase64(encoded, 32, false) as JsHistogram;
  expect(bucketsOf(decoded), `buckets of ${name}`).toEqual(bucketsOf(reference.histogram));
}

/** The count of every bucket that has one, by the lowest value of the bucket. */
export function bucketsOf(histogram: JsHistogram): Record<number, number> {
  const buckets: Record<number, number> = {};
  for (let index = 0; index < histogram.countsArrayLength; index++) {
    const count = histogram.getCountAtIndex(index);
    if (count !== 0) buckets[histogram.valueFromIndex(index)] = count;
  }
  return buckets;
}

/** What a value counts as once a histogram has held it: the middle of its bucket. */
export function middleOf(durationUs: number): number {
  return Math.min(EMPTY.medianEquivalentValue(durationUs), LAYOUT.highestTrackableValue);
}
