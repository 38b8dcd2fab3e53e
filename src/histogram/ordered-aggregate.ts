import { OUTCOMES } from "../outcome.ts";
import type { Aggregate } from "./aggregate.ts";
import { bucketIndex } from "./bucket-layout.ts";
import { SparseCountsWriter } from "./sparse-counts.ts";
import { saturatingSum } from "./saturating-sum.ts";

/**
 * Makes an aggregate of durations that come in ascending order, as those of another histogram do:
 * they are written straight into the sparse form.
 */
export class OrderedAggregate {
  readonly #outcome: number;
  readonly #counts = new SparseCountsWriter(256);
  #bucket = -1;
  #bucketCount = 0;
  #count = 0;
  #sumUs = 0;
  #minUs = Infinity;
  #maxUs = -Infinity;

  /** @param outcome of all of them, as a position in `OUTCOMES`. */
  constructor(outcome: number) {
    this.#outcome = outcome;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds `count` timings of one duration in whole microseconds, not below the one before. */
  record(durationUs: number, count: number): void {
    const bucket = bucketIndex(durationUs);
    if (bucket !== this.#bucket) this.#nextBucket(bucket);
    this.#bucketCount += count;
    this.#count += count;
    this.#sumUs = saturatingSum(this.#sumUs, durationUs * count);
    this.#minUs = Math.min(this.#minUs, durationUs);
    this.#maxUs = durationUs;
  }

  /** The aggregate of all; to be called once. */
  finish(): Aggregate {
    this.#nextBucket(-1);
    return {
      count: this.#count,
      outcomes: OUTCOMES.map((_, code) => (code === this.#outcome ? this.#count : 0)),
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      counts: this.#counts.finish(),
    };
  }

  #nextBucket(bucket: number): void {
    if (this.#bucketCount > 0) this.#counts.add(this.#bucket, this.#bucketCount);
    this.#bucket = bucket;
    this.#bucketCount = 0;
  }
}
