import { type Aggregate, joinMeasures } from "../histogram/aggregate.ts";
import { BUCKET_COUNT, bucketLowestUs } from "../histogram/bucket-layout.ts";
import type { MeasureTotals } from "../histogram/measure-totals.ts";
import { type NativeCounts, NativeCountsBuilder } from "../histogram/native-counts.ts";
import { saturatingSum } from "../histogram/saturating-sum.ts";
import { forEachBucket } from "../histogram/sparse-counts.ts";
import { OUTCOMES } from "../outcome.ts";
import { CLASSIC_BOUNDS_US } from "./classic-bounds.ts";
import type { SeriesName } from "./series-name.ts";

/**
 * All that a series ever counted, in the resolutions that other systems keep histograms in: there is
 * one for every series that ever was, so it takes a few kilobytes at most while it is silent.
 */
export class SeriesTotals {
  readonly name: SeriesName;
  /** Since when it counts, epoch milliseconds: the first slot that came in. It never changes. */
  readonly createdAt: number;
  readonly #native = new NativeCountsBuilder();
  readonly #classic = new Float64Array(CLASSIC_BOUNDS_US.length + 1);
  readonly #outcomes: number[] = OUTCOMES.map(() => 0);
  #count = 0;
  #sumUs = 0;
  #measures: MeasureTotals | undefined;

  constructor(name: SeriesName, createdAt: number) {
    this.name = name;
    this.createdAt = createdAt;
  }

  /** How many timings. */
  get count(): number {
    return this.#count;
  }

  /** The sum of their durations, microseconds. */
  get sumUs(): number {
    return this.#sumUs;
  }

  /** How they ended, by the position in `OUTCOMES`. */
  get outcomes(): readonly number[] {
    return this.#outcomes;
  }

  get measures(): MeasureTotals | undefined {
    return this.#measures;
  }

  /** Not a copy: to be read before more is added. */
  get native(): NativeCounts {
    return this.#native.view();
  }

  /**
   * How many lie between each bound of {@link CLASSIC_BOUNDS_US} and the one before, the bound
   * included; the last entry is what lies above all of them. Not a copy.
   */
  get classic(): Readonly<Float64Array> {
    return this.#classic;
  }

  /** Keeps the histogram in little room, until more is added. */
  pack(): void {
    this.#native.pack();
  }

  add(gain: Aggregate): void {
    this.#count += gain.count;
    this.#sumUs = saturatingSum(this.#sumUs, gain.sumUs);
    for (const [code, count] of gain.outcomes.entries()) {
      this.#outcomes[code] = (this.#outcomes[code] ?? 0) + count;
    }
    this.#measures = joinMeasures(this.#measures, gain.measures);
    forEachBucket(gain.counts, (bucket, count) => {
      this.#native.add(bucket, count);
      const position = classicPosition(bucket);
      this.#classic[position] = (this.#classic[position] ?? 0) + count;
    });
  }
}

let classicPositions: Uint8Array | undefined;

/**
 * A bucket belongs to the first bound that its lowest duration does not exceed: bounds are round
 * numbers, and of the durations of a bucket a round one is the likeliest to have been meant. What is
 * at a bound counts as within; what is above it by less than 0.1 % may, too.
 */
function classicPosition(bucket: number): number {
  classicPositions ??= Uint8Array.from({ length: BUCKET_COUNT }, (_, index) => {
    const position = CLASSIC_BOUNDS_US.findIndex((boundUs) => bucketLowestUs(index) <= boundUs);
    return position === -1 ? CLASSIC_BOUNDS_US.length : position;
  });
  return classicPositions[bucket] ?? CLASSIC_BOUNDS_US.length;
}
