import { setTimeout as sleep } from "node:timers/promises";
import { Arrivals } from "./arrivals.ts";
import { callAtRandom, type Pace } from "./at-random.ts";

/** How often it is looked whether a call can be seen. */
export const LOOK_MS = 50;
const WARM_UP_CALLS = 5;

/** Somebody who is told of every call when it ends, and can be asked for what it knows. */
export interface Polled {
  /** Tells of the end of a call at `at`, epoch milliseconds, the `i`-th. */
  tell(at: number, i: number): Promise<void>;
  /** How many calls a query shows now. */
  count(): Promise<number>;
}

/** When each call ended, and how long after that it could be seen. */
export interface Seen {
  readonly endedAt: readonly number[];
  readonly delaysMs: readonly number[];
}

/** Tells of calls at random times and asks all the while, as a page would that wants to be quick. */
export async function measurePolled(polled: Polled, pace: Pace): Promise<Seen> {
  const arrivals = new Arrivals();
  const done = new AbortController();
  let told = 0;
  const call = async (): Promise<number> => {
    const at = Date.now();
    await polled.tell(at, told++);
    return at;
  };
  const look = async (): Promise<void> => {
    while (!done.signal.aborted) {
      const askedAt = performance.now();
      const count = await polled.count();
      arrivals.note(count, Date.now());
      await sleep(Math.max(LOOK_MS - (performance.now() - askedAt), 0));
    }
  };
  const tellOfAll = async (): Promise<number[]> => {
    try {
      for (let i = 0; i < WARM_UP_CALLS; i++) await call();
      await arrivals.untilCounted(WARM_UP_CALLS);
      const ends = await callAtRandom(call, pace, 11);
      await arrivals.untilCounted(WARM_UP_CALLS + ends.length);
      return ends.toSorted((left, right) => left - right);
    } finally {
      done.abort();
    }
  };
  const [endedAt] = await Promise.all([tellOfAll(), look()]);
  return { endedAt, delaysMs: arrivals.delaysMs(endedAt, WARM_UP_CALLS) };
}
