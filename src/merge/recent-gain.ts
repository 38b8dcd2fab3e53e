import { type Delta, DeltaBuilder } from "./delta.ts";
import { type ErrorStreak, joinStreaks, NO_STREAK } from "./error-streak.ts";
import type { LogRow } from "./log-row.ts";

/** Below this, rows are gathered before they are merged. */
const MIN_GATHERED_BYTES = 64 * 1024;

/** What consecutive log rows add up to. */
export interface Gain {
  readonly delta: Delta;
  readonly streak: ErrorStreak;
}

/**
 * What consecutive log rows add up to, merged as they gather: so much at a time that every bucket
 * is walked about twice, however many rows there are.
 */
export class RecentGain {
  /** The row after which it begins. */
  readonly after: number;
  #merged: Delta = [];
  #mergedBytes = 0;
  #gathered: Delta[] = [];
  #gatheredBytes = 0;
  #streak = NO_STREAK;

  constructor(after: number) {
    this.after = after;
  }

  /** About as many bytes as it takes in memory. */
  get bytes(): number {
    return this.#mergedBytes + this.#gatheredBytes;
  }

  /** @param bytes the length of the row. */
  add({ delta, streak }: LogRow, bytes: number): void {
    this.#streak = joinStreaks(this.#streak, streak);
    this.#gathered.push(delta);
    this.#gatheredBytes += bytes;
    if (this.#gatheredBytes >= Math.max(MIN_GATHERED_BYTES, this.#mergedBytes)) this.#merge();
  }

  /** Everything that was added. */
  finish(): Gain {
    if (this.#gathered.length > 0) this.#merge();
    return { delta: this.#merged, streak: this.#streak };
  }

  #merge(): void {
    const builder = new DeltaBuilder();
    builder.add(this.#merged);
    for (const delta of this.#gathered) builder.add(delta);
    this.#merged = builder.finish();
    this.#mergedBytes = this.#merged.reduce(
      (sum, { aggregate }) => sum + aggregate.counts.length,
      0,
    );
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }
}
