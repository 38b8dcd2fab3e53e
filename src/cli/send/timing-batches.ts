import type { TimingLine } from "./ndjson-timings.ts";

/** Most timings of one request. */
export const MAX_BATCH = 1_000;

/**
 * Most characters of one request. None takes more than three bytes, so that it stays below the
 * megabyte that Tachograph takes.
 */
export const MAX_BATCH_LENGTH = 300_000;

/** Gathers timings into requests, in their order. */
export class TimingBatches {
  #batch: TimingLine[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#batch.length === 0;
  }

  /** Adds timings. @returns the batches that are full now. */
  add(timings: readonly TimingLine[]): TimingLine[][] {
    const full: TimingLine[][] = [];
    for (const timing of timings) {
      const isTooLong = this.#length + timing.length > MAX_BATCH_LENGTH;
      if (isTooLong || this.#batch.length >= MAX_BATCH) full.push(...this.take());
      this.#batch.push(timing);
      this.#length += timing.length;
    }
    if (this.#batch.length >= MAX_BATCH) full.push(...this.take());
    return full;
  }

  /** What there is, as one batch; none if there is nothing. */
  take(): TimingLine[][] {
    if (this.isEmpty) return [];
    const batch = this.#batch;
    this.#batch = [];
    this.#length = 0;
    return [batch];
  }
}
