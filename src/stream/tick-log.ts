import type { FrameContent } from "./frames.ts";

/** Most series views that the log keeps over all its ticks: bounds its memory to a few megabytes. */
const MAX_VIEWS = 8_000;

/** The latest ticks, so that a subscriber who was away for a moment gets what it missed. */
export class TickLog {
  readonly #maxTicks: number;
  readonly #ticks: FrameContent[] = [];
  #views = 0;

  constructor(maxTicks: number) {
    this.#maxTicks = maxTicks;
  }

  append(tick: FrameContent): void {
    this.#ticks.push(tick);
    this.#views += tick.series.length;
    while (this.#ticks.length > this.#maxTicks || this.#views > MAX_VIEWS) {
      const oldest = this.#ticks.shift();
      if (oldest === undefined) return;
      this.#views -= oldest.series.length;
    }
  }

  /** All ticks after `seq`, or undefined if one of them is gone. */
  after(seq: number, latestSeq: number): readonly FrameContent[] | undefined {
    if (seq === latestSeq) return [];
    const first = this.#ticks.findIndex((tick) => tick.seq === seq + 1);
    return first === -1 ? undefined : this.#ticks.slice(first);
  }
}
