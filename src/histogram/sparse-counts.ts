import { BUCKET_COUNT } from "./bucket-layout.ts";
import { ByteReader, CorruptBytesError } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/**
 * The non-empty buckets of a histogram in ascending order, as varint pairs (distance from the
 * bucket before, count). About two bytes a bucket where a dense histogram of the same layout takes
 * 86 KB, and the form in which slots are kept, sent and stored.
 */
export type SparseCounts = Uint8Array;

export const EMPTY_COUNTS: SparseCounts = new Uint8Array(0);

type Visit = (bucket: number, count: number) => void;

/**
 * Calls `visit` for every non-empty bucket, in ascending order.
 * @throws CorruptBytesError if the bytes end early or name a bucket outside the layout.
 */
export function forEachBucket(counts: SparseCounts, visit: Visit): void {
  const reader = new ByteReader(counts);
  let bucket = -1;
  while (!reader.atEnd) {
    const distance = reader.varint();
    const count = reader.varint();
    bucket += distance;
    if (distance === 0 || count === 0 || bucket >= BUCKET_COUNT) {
      throw new CorruptBytesError(`bucket ${bucket} with count ${count} cannot be`);
    }
    visit(bucket, count);
  }
}

/** Writes buckets, which must come in ascending order, into the sparse form. */
export class SparseCountsWriter {
  readonly #writer: ByteWriter;
  #last = -1;

  constructor(expectedBuckets = 64) {
    this.#writer = new ByteWriter(expectedBuckets * 3);
  }

  add(bucket: number, count: number): void {
    this.#writer.varint(bucket - this.#last);
    this.#writer.varint(count);
    this.#last = bucket;
  }

  finish(): SparseCounts {
    return this.#writer.finish();
  }
}

/** The sum of two histograms, bucket by bucket. Neither operand changes. */
export function mergeCounts(left: SparseCounts, right: SparseCounts): SparseCounts {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const merged = new SparseCountsWriter((left.length + right.length) / 2);
  const pending = new BucketCursor(left);
  forEachBucket(right, (bucket, count) => {
    while (pending.bucket < bucket) {
      merged.add(pending.bucket, pending.count);
      pending.next();
    }
    if (pending.bucket === bucket) {
      merged.add(bucket, pending.count + count);
      pending.next();
    } else {
      merged.add(bucket, count);
    }
  });
  while (pending.bucket < BUCKET_COUNT) {
    merged.add(pending.bucket, pending.count);
    pending.next();
  }
  return merged.finish();
}

/** Steps through sparse counts one bucket at a time; at the end `bucket` is past the layout. */
class BucketCursor {
  readonly #reader: ByteReader;
  bucket = -1;
  count = 0;

  constructor(counts: SparseCounts) {
    this.#reader = new ByteReader(counts);
    this.next();
  }

  next(): void {
    if (this.#reader.atEnd) {
      this.bucket = BUCKET_COUNT;
      return;
    }
    this.bucket += this.#reader.varint();
    this.count = this.#reader.varint();
  }
}
