interface Event {
  readonly at: number;
  /** Of two at the same time, the one that was asked for first comes first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Time that passes as fast as what happens in it is done: many events, so they are in a heap. */
export class VirtualClock {
  nowMs: number;
  #order = 0;
  readonly #heap: Event[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  readonly now = (): number => this.nowMs;

  /** Calls back after so many milliseconds, unless the function that it returns is called before. */
  readonly startTimer = (run: () => void, durationMs: number): (() => void) => {
    const event = {
      at: this.nowMs + Math.max(durationMs, 0),
      order: this.#order++,
      run,
      isCancelled: false,
    };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  };

  readonly sleep = (durationMs: number): Promise<void> =>
    new Promise((resolve) => {
      this.startTimer(resolve, durationMs);
    });

  /** Lets everything happen until then. After each event promises go on as far as they can. */
  async runUntil(atMs: number): Promise<void> {
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.at <= atMs; next = this.#heap[0]) {
      this.#pop();
      if (next.isCancelled) continue;
      this.nowMs = next.at;
      next.run();
      await settled();
    }
    this.nowMs = atMs;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const [below, child] =
        other !== undefined && isBefore(other, one) ? [left + 1, other] : [left, one];
      if (!isBefore(child, last)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at;
}

/** All promises that can go on without time have done so when the next turn of Node's loop begins. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
