import fc from "fast-check";
import { bucketCounts } from "../../../../src/histogram/bucket-counts.ts";
import { bucketIndex } from "../../../../src/histogram/bucket-layout.ts";
import { EMPTY_AGGREGATE, type Aggregate } from "../../../../src/histogram/aggregate.ts";
import { encodeHdrV2Base64 } from "../../../../src/histogram/hdr-v2.ts";
import { PagedCounts } from "../../../../src/histogram/paged-counts.ts";
import { MAX_DURATION_US } from "../../../../src/wire/timing-columns.ts";

/** Durations in microseconds, most of them as APIs have them. */
export const anyDurations = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 5_000, max: 900_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: MAX_DURATION_US }) },
  ),
  { maxLength: 120 },
);

/** What the server counts. */
export function serverCounts(durationsUs: readonly number[]): PagedCounts {
  const counts = new PagedCounts();
  for (const us of durationsUs) counts.add(bucketIndex(us), 1);
  return counts;
}

/** The text that the API carries. */
export function serverText(durationsUs: readonly number[]): string {
  return encodeHdrV2Base64(bucketCounts(serverCounts(durationsUs).toSparse()));
}

/** The server's aggregate of timings that all went well. */
export function serverAggregate(durationsUs: readonly number[]): Aggregate {
  if (durationsUs.length === 0) return EMPTY_AGGREGATE;
  return {
    count: durationsUs.length,
    outcomes: EMPTY_AGGREGATE.outcomes.map((_, code) => (code === 0 ? durationsUs.length : 0)),
    sumUs: durationsUs.reduce((sum, us) => sum + us, 0),
    minUs: Math.min(...durationsUs),
    maxUs: Math.max(...durationsUs),
    counts: serverCounts(durationsUs).toSparse(),
  };
}
