import { type SparseCounts, SparseCountsWriter } from "./sparse-counts.ts";

/** What fits: sorting more would cost about as much as the pages of `PagedCounts` do. */
const MAX_ENTRIES = 128;

/**
 * A histogram of so few values that listing them is cheaper than counting them in pages: what a
 * group of small reports holds.
 */
export class FewCounts {
  readonly #buckets: number[] = [];
  readonly #counts: number[] = [];
  #total = 0;

  /** How many values are counted. */
  get total(): number {
    return this.#total;
  }

  get isFull(): boolean {
    return this.#buckets.length >= MAX_ENTRIES;
  }

  /** Adds `count`, a positive integer, to a bucket. */
  add(bucket: number, count: number): void {
    this.#buckets.push(bucket);
    this.#counts.push(count);
    this.#total += count;
  }

  /** Calls `visit` with everything that was added, as it was added. */
  forEach(visit: (bucket: number, count: number) => void): void {
    for (const [i, bucket] of this.#buckets.entries()) visit(bucket, this.#counts[i] ?? 0);
  }

  toSparse(): SparseCounts {
    const writer = new SparseCountsWriter(this.#buckets.length);
    const order = this.#buckets.map((_, i) => i);
    order.sort((left, right) => (this.#buckets[left] ?? 0) - (this.#buckets[right] ?? 0));
    let bucket = -1;
    let count = 0;
    for (const i of order) {
      const next = this.#buckets[i] ?? 0;
      if (next !== bucket && count > 0) {
        writer.add(bucket, count);
        count = 0;
      }
      bucket = next;
      count += this.#counts[i] ?? 0;
    }
    if (count > 0) writer.add(bucket, count);
    return writer.finish();
  }
}
