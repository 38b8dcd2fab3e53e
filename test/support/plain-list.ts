import { build } from "hdr-histogram-js";
import type { Aggregate } from "../../src/histogram/aggregate.ts";
import { MEASURES, type MeasureName, type MeasureValues } from "../../src/measures.ts";
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
  readonly measures?: MeasureValues | undefined;
}

/** What is known of one measure: the sum of its values, or the newest with its time. */
export interface PlainMeasure {
  readonly name: MeasureName;
  readonly count: number;
  readonly value: number;
  readonly at: number;
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
  /** In the order of `MEASURES`. */
  readonly measures: readonly PlainMeasure[];
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
    measures: plainMeasures(
      timings.flatMap(({ measures = {}, at }) =>
        MEASURES.flatMap(({ name, kind }) => {
          const value = measures[name];
          return value === undefined
            ? []
            : [{ name, count: 1, value, at: kind === "sum" ? 0 : at }];
        }),
      ),
    ),
  };
}

/** Several of each measure as one: added up, or the newest, and of two at once the larger. */
export function plainMeasures(values: readonly PlainMeasure[]): PlainMeasure[] {
  return MEASURES.flatMap(({ name, kind }): PlainMeasure[] => {
    const own = values.filter((one) => one.name === name);
    if (own.length === 0) return [];
    const count = own.reduce((sum, one) => sum + one.count, 0);
    if (kind === "sum") {
      return [{ name, count, value: own.reduce((sum, one) => sum + one.value, 0), at: 0 }];
    }
    const at = Math.max(...own.map((one) => one.at));
    const newest = own.filter((one) => one.at === at);
    return [{ name, count, value: Math.max(...newest.map((one) => one.value)), at }];
  });
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
    measures: [...(aggregate.measures ?? [])].flatMap(([code, total]) => {
      const measure = MEASURES[code];
      if (measure === undefined) throw new Error(`there is no measure ${code}`);
      const value = total.parts / (measure.resolution || 1);
      return [{ name: measure.name, count: total.count, value, at: total.at }];
    }),
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
