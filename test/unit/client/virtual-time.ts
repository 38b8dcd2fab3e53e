/** How many microtasks a step of the client may take until it waits for time or for an answer. */
const MICROTASKS = 50;

interface PendingTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock and timers that move only when told. */
export class VirtualTime {
  now = 1_700_000_000_000;
  #timers: PendingTimer[] = [];

  readonly clock = (): number => this.now;

  readonly timer = (callback: () => void, delayMs: number): (() => void) => {
    const pending = { at: this.now + delayMs, callback };
    this.#timers.push(pending);
    return () => this.#remove(pending);
  };

  /** Delays until each pending timer fires, in the order in which they were started. */
  get delays(): number[] {
    return this.#timers.map((timer) => timer.at - this.now);
  }

  /** Lets time pass and fires what is due, in order. */
  async advance(durationMs: number): Promise<void> {
    const until = this.now + durationMs;
    await this.settle();
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until);
      const next = due.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      this.#remove(next);
      this.now = Math.max(this.now, next.at);
      next.callback();
      await this.settle();
    }
    this.now = until;
  }

  /** Lets every promise go on as far as it can without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MICROTASKS; turn += 1) await Promise.resolve();
  }

  /** Drops timers without firing them, as the end of their requests does. */
  kill(dies: (index: number) => boolean): void {
    this.#timers = this.#timers.filter((_, index) => !dies(index));
  }

  #remove(pending: PendingTimer): void {
    this.#timers = this.#timers.filter((timer) => timer !== pending);
  }
}
