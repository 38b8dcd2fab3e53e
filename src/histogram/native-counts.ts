import { BUCKET_COUNT, bucketLowestUs } from "./bucket-layout.ts";
import { forEachBucket, type SparseCounts, SparseCountsWriter } from "./sparse-counts.ts";

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
 * The bucket of {@link FINEST_SCHEMA} for each bucket of our layout: that of the lowest duration in
 * it, as with classic bounds, so that both count alike what is at a bound that they share (1 s, 2 s).
 * Our buckets are at most 0.1 % wide, those of the finest schema 0.27 %: a percentile is off by the
 * width of the schema, and by no more than our own beside it.
 */
let finestIndexes: Int16Array | undefined;

function finestIndexOf(bucket: number): number {
  finestIndexes ??= Int16Array.from({ length: BUCKET_COUNT }, (_, index) =>
    nativeIndex(Math.max(bucketLowestUs(index), 1) / US_PER_SECOND, FINEST_SCHEMA),
  );
  return finestIndexes[bucket] ?? 0;
}

/** The bucket that a positive number of seconds falls into. */
function nativeIndex(seconds: number, schema: number): number {
  return Math.ceil(Math.log2(seconds) * 2 ** schema);
}

/** The bucket of {@link FINEST_SCHEMA} that a microsecond falls into: the lowest one that is used. */
const LOWEST_INDEX = nativeIndex(1 / US_PER_SECOND, FINEST_SCHEMA);

/**
 * Collects a native histogram of the finest schema out of buckets of our layout. It can be packed
 * where nothing is added for long: durations from 1 ms to 10 s take 27 kB to add to, and packed some
 * two bytes for each bucket that holds something.
 */
export class NativeCountsBuilder {
  #zeroCount = 0;
  #offset = 0;
  #counts = new Float64Array(0);
  #packed: SparseCounts | undefined;

  /** @param bucket of `bucket-layout.ts`. */
  add(bucket: number, count: number): void {
    if (bucket === 0) {
      this.#zeroCount += count;
      return;
    }
    if (this.#packed !== undefined) this.#unpack(this.#packed);
    this.#count(finestIndexOf(bucket), count);
  }

  /** What was added so far. It may not be a copy: read it before anything else is added. */
  view(): NativeCounts {
    if (this.#packed === undefined) return this.#counted();
    const unpacked = new NativeCountsBuilder();
    unpacked.#zeroCount = this.#zeroCount;
    unpacked.#unpack(this.#packed);
    return unpacked.#counted();
  }

  /** Keeps what was added in little room, until more is added. */
  pack(): void {
    if (this.#packed !== undefined) return;
    const writer = new SparseCountsWriter();
    for (const [position, count] of this.#counts.entries()) {
      if (count > 0) writer.add(this.#offset + position - LOWEST_INDEX, count);
    }
    this.#packed = writer.finish();
    this.#counts = new Float64Array(0);
  }

  #unpack(packed: SparseCounts): void {
    this.#packed = undefined;
    forEachBucket(packed, (position, count) => this.#count(position + LOWEST_INDEX, count));
  }

  #counted(): NativeCounts {
    return {
      schema: FINEST_SCHEMA,
      zeroCount: this.#zeroCount,
      offset: this.#offset,
      counts: this.#counts,
    };
  }

  #count(index: number, count: number): void {
    if (index < this.#offset || index >= this.#offset + this.#counts.length) this.#reach(index);
    const position = index - this.#offset;
    this.#counts[position] = (this.#counts[position] ?? 0) + count;
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
