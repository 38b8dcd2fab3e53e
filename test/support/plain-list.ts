import { build } from "hdr-histogram-js";
import type { Aggregate } from "../../src/histogram/aggregate.ts";
import { forEachBucket, type SparseCounts } from "../../src/histogram/sparse-counts.ts";
import type { WindowName } from "../../src/merge/series-state.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";

/** One timing that was accepted. */
export interface PlainTiming {
  readonly target: string;
  readonly operation: string;
  readonly at: number;
  readonly durationUs: number;
  readonly outcome: number;
}

/** All that can be said of a set of timings, as plain values that can be compared. */
export interface Summary {
  readonly count: number;
  readonly outcomes: readonly number[];
  readonly sumUs: number;
  readonly minUs: number | null;
  readonly maxUs: number | null;
  /** Counts by the bucket's index, in ascending order. */
  readonly buckets: readonly (readonly [bucket: number, count: number])[];
}

/** The definition of each window: its length and the slots that it moves by. */
const WINDOWS: Readonly<Record<WindowName, { windowMs: number; slotMs: number }>> = {
  "1m": { windowMs: 60_000, slotMs: 5_000 },
  "5m": { windowMs: 300_000, slotMs: 5_000 },
  "1h": { windowMs: 3_600_000, slotMs: 60_000 },
};

/** hdr-histogram-js says which bucket a value belongs to. */
const layout: unknown = build({
  lowestDiscernibleValue: 1,
  highestTrackableValue: 600_000_000,
  numberOfSignificantValueDigits: 3,
  bitBucketSize: 32,
  useWebAssembly: false,
});
const { countsArrayIndex } = bindIndex(layout as { countsArrayIndex(value: number): number });

function bindIndex(histogram: { countsArrayIndex(value: number): number }) {
  return { countsArrayIndex: (value: number) => histogram.countsArrayIndex(value) };
}

/** The truth: every accepted timing, kept as it is. What a series should show is counted anew. */
export class PlainList {
  readonly timings: PlainTiming[] = [];

  add(timing: PlainTiming): void {
    this.timings.push(timing);
  }

  /** Every series that has a timing, the whole targets among them. */
  series(): SeriesName[] {
    const names = new Map<string, SeriesName>();
    for (const { target, operation } of this.timings) {
      names.set(`${target}/*`, { target, operation: "*" });
      names.set(`${target}/${operation}`, { target, operation });
    }
    return [...names.values()];
  }

  /** The timings of a series within [from, to). */
  within({ target, operation }: SeriesName, from: number, to: number): PlainTiming[] {
    return this.timings.filter(
      (timing) =>
        timing.target === target &&
        (operation === "*" || timing.operation === operation) &&
        timing.at >= from &&
        timing.at < to,
    );
  }

  window(series: SeriesName, window: WindowName, nowMs: number): PlainTiming[] {
    const { windowMs, slotMs } = WINDOWS[window];
    const end = Math.floor(nowMs / slotMs) * slotMs + slotMs;
    return this.within(series, end - windowMs, end);
  }
}

export function summaryOf(timings: readonly PlainTiming[]): Summary {
  const outcomes = [0, 0, 0, 0, 0, 0];
  const buckets = new Map<number, number>();
  for (const { durationUs, outcome } of timings) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const bucket = countsArrayIndex(durationUs);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const durations = timings.map(({ durationUs }) => durationUs);
  return {
    count: timings.length,
    outcomes,
    sumUs: durations.reduce((sum, duration) => sum + duration, 0),
    minUs: durations.length === 0 ? null : Math.min(...durations),
    maxUs: durations.length === 0 ? null : Math.max(...durations),
    buckets: [...buckets].toSorted(([left], [right]) => left - right),
  };
}

export function summaryOfAggregate(aggregate: Aggregate): Summary {
  const { count, outcomes, sumUs, minUs, maxUs, counts } = aggregate;
  return {
    count,
    outcomes,
    sumUs,
    minUs: count === 0 ? null : minUs,
    maxUs: count === 0 ? null : maxUs,
    buckets: bucketsOf(counts),
  };
}

export function bucketsOf(counts: SparseCounts): [number, number][] {
  const buckets: [number, number][] = [];
  forEachBucket(counts, (bucket, count) => buckets.push([bucket, count]));
  return buckets;
}

/** A histogram of hdr-histogram-js that holds these timings. */
export function hdrOf(timings: readonly PlainTiming[]): {
  getValueAtPercentile(percentile: number): number;
} {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
  for (const { durationUs } of timings) histogram.recordValue(durationUs);
  return histogram;
}
