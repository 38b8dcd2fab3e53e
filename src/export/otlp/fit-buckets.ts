import { COARSEST_SCHEMA, coarsened, type NativeCounts } from "../../histogram/native-counts.ts";

/** The positive buckets of an exponential histogram, as OTLP has them. */
export interface ExponentialBuckets {
  /** Bucket `i` holds what lies in (b^i, b^(i+1)] seconds, with b = 2^(2^−scale). */
  readonly scale: number;
  /** The bucket that `counts` begins with: Prometheus numbers it one higher. */
  readonly offset: number;
  /** Begins and ends with a count; empty if there is none. */
  readonly counts: Float64Array;
}

/**
 * The finest buckets that are at most `maxBuckets` from the first count to the last. A coarser scale
 * only joins buckets, so whoever has the histogram in a finer one can go on with this.
 * @param maxBuckets at least 2.
 */
export function fitBuckets(native: NativeCounts, maxBuckets: number): ExponentialBuckets {
  const first = native.counts.findIndex((count) => count > 0);
  if (first === -1) return { scale: native.schema, offset: 0, counts: new Float64Array(0) };
  const last = native.counts.findLastIndex((count) => count > 0);
  const used = {
    ...native,
    offset: native.offset + first,
    counts: native.counts.subarray(first, last + 1),
  };
  let { schema } = native;
  while (schema > COARSEST_SCHEMA && lengthAt(used, schema) > maxBuckets) schema -= 1;
  const { offset, counts } = coarsened(used, schema);
  return { scale: schema, offset: offset - 1, counts };
}

/** How many buckets there are between the first and the last, both counted, at a coarser schema. */
function lengthAt({ schema: finest, offset, counts }: NativeCounts, schema: number): number {
  const factor = 2 ** (finest - schema);
  return Math.ceil((offset + counts.length - 1) / factor) - Math.ceil(offset / factor) + 1;
}
