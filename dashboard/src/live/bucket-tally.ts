import { rankOf } from "../../../src/histogram/rank-of.ts";

/** Anything that can be walked as buckets, lowest first: of one layout, as all of the server's are. */
export interface Buckets {
  forEach(visit: (lowestUs: number, highestUs: number, count: number) => void): void;
}

/** Histograms to add up and take away again; percentiles as the server tells them. */
export class BucketTally {
  /** How many values are in a bucket, by the highest that it does not tell apart. */
  readonly #counts = new Map<number, number>();
  #total = 0;
  #ascending: Float64Array | undefined;

  /** How many values are counted. */
  get total(): number {
    return this.#total;
  }

  add(buckets: Buckets): void {
    buckets.forEach((_lowestUs, highestUs, count) => this.#change(highestUs, count));
  }

  /** Takes away what `add` added. */
  subtract(buckets: Buckets): void {
    buckets.forEach((_lowestUs, highestUs, count) => this.#change(highestUs, -count));
  }

  /** Calls `visit` for every bucket that is not empty, in ascending order. */
  forEach(visit: (highestUs: number, count: number) => void): void {
    this.#ascending ??= Float64Array.from(this.#counts.keys()).toSorted();
    for (const highestUs of this.#ascending) visit(highestUs, this.#counts.get(highestUs) ?? 0);
  }

  /**
   * Values at several percentiles: for each, the highest of the bucket that holds the value of its
   * rank.
   *
   * @param percentiles ascending, each above 0 and at most 100.
   * @returns milliseconds, one per percentile; null if nothing is counted.
   */
  percentilesMs(percentiles: readonly number[]): (number | null)[] {
    if (this.#total <= 0) return percentiles.map(() => null);
    const ranks = percentiles.map((percentile) => rankOf(percentile, this.#total));
    const values: number[] = [];
    let seen = 0;
    this.forEach((highestUs, count) => {
      seen += count;
      while (values.length < ranks.length && seen >= (ranks[values.length] ?? Infinity)) {
        values.push(highestUs / 1000);
      }
    });
    return values;
  }

  #change(highestUs: number, change: number): void {
    const before = this.#counts.get(highestUs);
    const after = (before ?? 0) + change;
    this.#total += change;
    if (after === 0) this.#counts.delete(highestUs);
    else this.#counts.set(highestUs, after);
    if (before === undefined || after === 0) this.#ascending = undefined;
  }
}
