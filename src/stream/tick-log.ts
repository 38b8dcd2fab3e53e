import type { Frame, FrameContent } from "./frames.ts";

/** Most series views and alerts that the log keeps over all its ticks: a few megabytes. */
const MAX_VIEWS = 8_000;

/** What was sent to everybody: a tick, which each filter sees in its own way, or an alert. */
export type LoggedFrame =
  | { readonly kind: "tick"; readonly seq: number; readonly content: FrameContent }
  | { readonly kind: "alert"; readonly seq: number; readonly frame: Frame };

/** The latest ticks and alerts, so that a subscriber who was away for a moment gets what it missed. */
export class TickLog {
  readonly #maxTicks: number;
  readonly #entries: LoggedFrame[] = [];
  #ticks = 0;
  #views = 0;

  constructor(maxTicks: number) {
    this.#maxTicks = maxTicks;
  }

  appendTick(content: FrameContent): void {
    this.#append({ kind: "tick", seq: content.seq, content });
  }

  appendAlert(frame: Frame): void {
    this.#append({ kind: "alert", seq: frame.seq, frame });
  }

  /** Everything after `seq`, or undefined if some of it is gone. */
  after(seq: number, latestSeq: number): readonly LoggedFrame[] | undefined {
    if (seq === latestSeq) return [];
    const first = this.#entries.findIndex((entry) => entry.seq === seq + 1);
    return first === -1 ? undefined : this.#entries.slice(first);
  }

  #append(entry: LoggedFrame): void {
    this.#entries.push(entry);
    this.#count(entry, 1);
    while (this.#ticks > this.#maxTicks || this.#views > MAX_VIEWS) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#count(oldest, -1);
    }
  }

  #count(entry: LoggedFrame, sign: 1 | -1): void {
    if (entry.kind === "tick") this.#ticks += sign;
    this.#views += sign * viewsIn(entry);
  }
}

function viewsIn(entry: LoggedFrame): number {
  if (entry.kind === "alert") return 1;
  const { series, alerts } = entry.content;
  return series.length + (alerts?.().length ?? 0);
}
