import { BUCKET_COUNT, bucketHighestUs } from "./bucket-layout.ts";

/** The finest resolution of Prometheus' native histograms: 256 buckets a power of two. */
export const FINEST_SCHEMA = 8;

/** The coarsest: one bucket for sixteen powers of two. */
export const COARSEST_SCHEMA = -4;

/**
 * Counts of a native histogram. Bucket `i` holds what lies in (b^(i−1), b^i] seconds, with
 * b = 2^(2^−schema): Prometheus' numbering, which is one more than OpenTelemetry's.
 */
export interface NativeCounts {
  /** {@link COARSEST_SCHEMA} to {@link FINEST_SCHEMA}. */
  readonly schema: number;
  /** How many took no time at all. */
  readonly zeroCount: number;
  /** The bucket that `counts` begins with. */
  readonly offset: number;
  /** How many are in each bucket from `offset` on; there may be zeros anywhere. */
  readonly counts: Float64Array;
}

const US_PER_SECOND = 1_000_000;

/** Buckets that are made room for at a time, when counts come that no bucket is there for. */
const GROWTH = 64;

/**
 * The bucket of {@link FINEST_SCHEMA} for each bucket of our layout: that of the highest duration in
 * it, which is what a percentile of it is said to be. Our buckets are at most 0.1 % wide, those of
 * the finest schema 0.27 %, so the finest schema loses nothing but what its own width loses.
 */
let finestIndexes: Int16Array | undefined;

function finestIndexOf(bucket: number): number {
  finestIndexes ??= Int16Array.from({ length: BUCKET_COUNT }, (_, index) =>
    nativeIndex(Math.max(bucketHighestUs(index), 1) / US_PER_SECOND, FINEST_SCHEMA),
  );
  return finestIndexes[bucket] ?? 0;
}

/** The bucket that a positive number of seconds falls into. */
export function nativeIndex(seconds: number, schema: number): number {
  return Math.ceil(Math.log2(seconds) * 2 ** schema);
}

/** The inclusive upper bound of a bucket, in seconds. */
export function nativeUpperBound(index: number, schema: number): number {
  return 2 ** (index / 2 ** schema);
}

/** Collects a native histogram of the finest schema out of buckets of our layout. */
export class NativeCountsBuilder {
  #zeroCount = 0;
  #offset = 0;
  #counts = new Float64Array(0);

  /** @param bucket of `bucket-layout.ts`. */
  add(bucket: number, count: number): void {
    if (bucket === 0) {
      this.#zeroCount += count;
      return;
    }
    const index = finestIndexOf(bucket);
    if (index < this.#offset || index >= this.#offset + this.#counts.length) this.#reach(index);
    const position = index - this.#offset;
    this.#counts[position] = (this.#counts[position] ?? 0) + count;
  }

  /** What was added so far. It is not a copy: read it before anything else is added. */
  view(): NativeCounts {
    return {
      schema: FINEST_SCHEMA,
      zeroCount: this.#zeroCount,
      offset: this.#offset,
      counts: this.#counts,
    };
  }

  #reach(index: number): void {
    const isFirst = this.#counts.length === 0;
    const last = this.#offset + this.#counts.length;
    const from = isFirst ? index : Math.min(this.#offset, index - GROWTH + 1);
    const to = isFirst ? index + GROWTH : Math.max(last, index + GROWTH);
    const grown = new Float64Array(to - from);
    if (!isFirst) grown.set(this.#counts, this.#offset - from);
    this.#offset = from;
    this.#counts = grown;
  }
}

/**
 * The same histogram in wider buckets; each bucket of a coarser schema is exactly two of the next
 * finer one, so nothing moves.
 * @param schema at most that of `counts`.
 */
export function coarsened(counts: NativeCounts, schema: number): NativeCounts {
  const factor = 2 ** (counts.schema - schema);
  if (factor <= 1 || counts.counts.length === 0) return { ...counts, schema };
  const offset = Math.ceil(counts.offset / factor);
  const last = Math.ceil((counts.offset + counts.counts.length - 1) / factor);
  const merged = new Float64Array(last - offset + 1);
  for (let position = 0; position < counts.counts.length; position++) {
    const to = Math.ceil((counts.offset + position) / factor) - offset;
    merged[to] = (merged[to] ?? 0) + (counts.counts[position] ?? 0);
  }
  return { schema, zeroCount: counts.zeroCount, offset, counts: merged };
}
