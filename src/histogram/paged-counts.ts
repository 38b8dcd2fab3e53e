import { BUCKET_COUNT, bucketHighestUs } from "./bucket-layout.ts";
import { rankOf } from "./rank-of.ts";
import { forEachBucket, type SparseCounts, SparseCountsWriter } from "./sparse-counts.ts";

const PAGE_BITS = 7;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;
const PAGE_COUNT = Math.ceil(BUCKET_COUNT / PAGE_SIZE);

/**
 * A histogram to add to and subtract from: counts in pages of 128 buckets, allocated where there
 * is something to count. Latencies fill a few dozen of the 168 pages, so a window costs tens of
 * kilobytes instead of 172, and a percentile walks only what is there.
 */
export class PagedCounts {
  readonly #pages: (Float64Array | undefined)[] = Array.from({ length: PAGE_COUNT });
  readonly #pageTotals = new Float64Array(PAGE_COUNT);
  #total = 0;

  /** How many values are counted. */
  get total(): number {
    return this.#total;
  }

  /** Adds `count` (an integer, negative to take away) to a bucket. */
  add(bucket: number, count: number): void {
    const pageIndex = bucket >>> PAGE_BITS;
    let page = this.#pages[pageIndex];
    if (page === undefined) {
      page = new Float64Array(PAGE_SIZE);
      this.#pages[pageIndex] = page;
    }
    const offset = bucket & PAGE_MASK;
    page[offset] = (page[offset] ?? 0) + count;
    const pageTotal = (this.#pageTotals[pageIndex] ?? 0) + count;
    this.#pageTotals[pageIndex] = pageTotal;
    this.#total += count;
    if (pageTotal === 0) this.#pages[pageIndex] = undefined;
  }

  addAll(counts: SparseCounts): void {
    forEachBucket(counts, (bucket, count) => this.add(bucket, count));
  }

  /** Takes away what `addAll` added. Pages that become empty are freed. */
  subtractAll(counts: SparseCounts): void {
    forEachBucket(counts, (bucket, count) => this.add(bucket, -count));
  }

  clear(): void {
    this.#pages.fill(undefined);
    this.#pageTotals.fill(0);
    this.#total = 0;
  }

  /** Calls `visit` for every non-empty bucket, in ascending order. */
  forEach(visit: (bucket: number, count: number) => void): void {
    for (let pageIndex = 0; pageIndex < PAGE_COUNT; pageIndex++) {
      const page = this.#pages[pageIndex];
      if (page === undefined) continue;
      for (let offset = 0; offset < PAGE_SIZE; offset++) {
        const count = page[offset] ?? 0;
        if (count !== 0) visit((pageIndex << PAGE_BITS) | offset, count);
      }
    }
  }

  toSparse(): SparseCounts {
    const writer = new SparseCountsWriter(256);
    this.forEach((bucket, count) => writer.add(bucket, count));
    return writer.finish();
  }

  /**
   * Values at several percentiles in one walk: for each, the highest value equivalent to the
   * bucket that holds the ⌈p/100 · total⌉-th value, which is HdrHistogram's definition.
   * @param percentiles ascending, each above 0 and at most 100.
   * @returns microseconds, one per percentile; empty if nothing is counted.
   */
  valuesAtPercentiles(percentiles: readonly number[]): number[] {
    const values: number[] = [];
    if (this.#total <= 0) return values;
    const ranks = percentiles.map((percentile) => rankOf(percentile, this.#total));
    let seen = 0;
    for (let pageIndex = 0; pageIndex < PAGE_COUNT && values.length < ranks.length; pageIndex++) {
      const page = this.#pages[pageIndex];
      if (page === undefined) continue;
      const seenAfter = seen + (this.#pageTotals[pageIndex] ?? 0);
      if (seenAfter < (ranks[values.length] ?? 0)) {
        seen = seenAfter;
        continue;
      }
      for (let offset = 0; offset < PAGE_SIZE; offset++) {
        seen += page[offset] ?? 0;
        while (values.length < ranks.length && seen >= (ranks[values.length] ?? 0)) {
          values.push(bucketHighestUs((pageIndex << PAGE_BITS) | offset));
        }
      }
    }
    return values;
  }
}
