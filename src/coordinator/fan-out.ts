import { withDeadline } from "../deadline.ts";

/** What became of one of many calls. */
export type FanOutResult<Item, Result> =
  | { readonly item: Item; readonly ok: true; readonly result: Result }
  | { readonly item: Item; readonly ok: false; readonly error: string };

export interface FanOutLimits {
  readonly concurrency: number;
  /** How long each call may take. */
  readonly deadlineMs: number;
  /** After how long no more calls are begun; always, if left out. */
  readonly startWithinMs?: number;
}

/**
 * Calls `run` for every item, a few at a time, each with its own deadline. It never throws: who
 * fails or is late has its error in the result.
 */
export async function fanOut<Item, Result>(
  items: Iterable<Item>,
  run: (item: Item) => Promise<Result>,
  limits: FanOutLimits,
): Promise<FanOutResult<Item, Result>[]> {
  let isLate = false;
  const { startWithinMs } = limits;
  const stopStarting = (): void => {
    isLate = true;
  };
  const timer = startWithinMs === undefined ? undefined : setTimeout(stopStarting, startWithinMs);
  const results: FanOutResult<Item, Result>[] = [];
  const queue = items[Symbol.iterator]();
  const work = async (first: IteratorResult<Item, unknown>): Promise<void> => {
    for (let next = first; next.done !== true; next = queue.next()) {
      const item = next.value;
      if (isLate) {
        results.push({ item, ok: false, error: "there was no time left to ask it" });
        continue;
      }
      try {
        const result = await withDeadline(run(item), limits.deadlineMs, "the answer");
        results.push({ item, ok: true, result });
      } catch (cause) {
        results.push({
          item,
          ok: false,
          error: cause instanceof Error ? cause.message : String(cause),
        });
      }
    }
  };
  const workers: Promise<void>[] = [];
  // As many as have something to do: mostly there is a single item.
  while (workers.length < limits.concurrency) {
    const first = queue.next();
    if (first.done === true) break;
    workers.push(work(first));
  }
  await Promise.all(workers);
  clearTimeout(timer);
  return results;
}
