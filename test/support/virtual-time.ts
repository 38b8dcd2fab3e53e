interface PendingSleep {
  readonly at: number;
  readonly wake: () => void;
}

/** How many microtasks a step may take until it waits for time. */
const MICROTASKS = 40;

/** A clock and a sleep that move only when told. */
export class VirtualTime {
  nowMs: number;
  #sleepers: PendingSleep[] = [];

  constructor(nowMs = Date.UTC(2026, 10, 20)) {
    this.nowMs = nowMs;
  }

  readonly now = (): number => this.nowMs;

  readonly sleep = (durationMs: number): Promise<void> =>
    new Promise((resolve) => {
      this.#sleepers.push({ at: this.nowMs + durationMs, wake: resolve });
    });

  /** A timer that can be stopped. */
  readonly startTimer = (callback: () => void, durationMs: number): (() => void) => {
    const pending = { at: this.nowMs + durationMs, wake: callback };
    this.#sleepers.push(pending);
    return () => {
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== pending);
    };
  };

  /** Lets time pass and wakes whoever slept long enough, in order. */
  async pass(durationMs: number): Promise<void> {
    const until = this.nowMs + durationMs;
    await this.settle();
    for (;;) {
      const [next] = this.#sleepers
        .filter(({ at }) => at <= until)
        .toSorted((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.nowMs = Math.max(this.nowMs, next.at);
      next.wake();
      await this.settle();
    }
    this.nowMs = until;
  }

  /** Lets every promise go on as far as it can without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MICROTASKS; turn += 1) await Promise.resolve();
  }
}
