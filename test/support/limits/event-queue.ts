interface PendingEvent {
  readonly at: number;
  readonly happen: () => void;
}

/** Virtual time in which things happen one after the other, each at its moment. */
export class EventQueue {
  nowMs: number;
  #pending: PendingEvent[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  in(durationMs: number, happen: () => void): void {
    const at = this.nowMs + durationMs;
    let index = this.#pending.length;
    while (index > 0 && (this.#pending[index - 1]?.at ?? 0) > at) index -= 1;
    this.#pending.splice(index, 0, { at, happen });
  }

  /** Lets happen what is due until then, also what that brings about. */
  runUntil(untilMs: number): void {
    for (;;) {
      const [next] = this.#pending;
      if (next === undefined || next.at > untilMs) break;
      this.#pending.shift();
      this.nowMs = next.at;
      next.happen();
    }
    this.nowMs = untilMs;
  }
}
