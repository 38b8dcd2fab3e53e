import type { BucketCounts } from "../../src/histogram/bucket-counts.ts";
import { encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";

/** A histogram of so many values in one bucket, by default of 7 µs, as base64. */
export function smallPayload(count: number, bucket = 7): string {
  return encodeHdrV2Base64(of([[bucket, count]]));
}

/** A histogram whose base64 is tens of thousands of characters, as its counts cannot be packed. */
export function largePayload(): string {
  let state = 1;
  const buckets = Array.from({ length: 11_000 }, (_, index): [number, number] => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return [index, (state >>> 15) + 1];
  });
  return encodeHdrV2Base64(of(buckets));
}

function of(buckets: readonly (readonly [index: number, count: number])[]): BucketCounts {
  return {
    forEach: (visit) => {
      for (const [index, count] of buckets) visit(index, count);
    },
  };
}
