import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const LOOK_MS = 20;

interface Arrival {
  readonly at: number;
  /** How many calls were visible. */
  readonly count: number;
}

/** When how many calls could be seen. */
export class Arrivals {
  readonly #arrivals: Arrival[] = [];

  /** @param at epoch milliseconds. */
  note(count: number, at: number): void {
    this.#arrivals.push({ at, count });
  }

  /** @throws if so many are not seen in time. */
  async untilCounted(count: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while ((this.#arrivals.at(-1)?.count ?? 0) < count) {
      if (Date.now() >= deadline)
        throw new Error(`only ${this.#arrivals.at(-1)?.count ?? 0} of ${count} calls were seen`);
      await sleep(LOOK_MS);
    }
  }

  /**
   * How long after its end each call could be seen: calls are told of in the order in which they
   * end, so that who first counts k calls sees the k-th.
   * @param endedAt of every call after the first `before`; in any order.
   * @returns in the order of their ends; Infinity for one that never was.
   */
  delaysMs(endedAt: readonly number[], before: number): number[] {
    let next = 0;
    return endedAt
      .toSorted((left, right) => left - right)
      .map((at, i) => {
        while ((this.#arrivals[next]?.count ?? Infinity) < before + i + 1) next += 1;
        return (this.#arrivals[next]?.at ?? Infinity) - at;
      });
  }
}
