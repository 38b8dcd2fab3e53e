import { expect, test, vi } from "vitest";
import { fanOut } from "../../../src/coordinator/fan-out.ts";

const ITEMS = Array.from({ length: 10 }, (_, i) => i);

async function inFakeTime<Result>(run: () => Promise<Result>, durationMs: number): Promise<Result> {
  vi.useFakeTimers();
  try {
    const result = run();
    await vi.advanceTimersByTimeAsync(durationMs);
    return await result;
  } finally {
    vi.useRealTimers();
  }
}

const after = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

test("asks all, a few at a time, and says who failed or was late", async () => {
  let running = 0;
  let most = 0;
  const results = await inFakeTime(
    () =>
      fanOut(
        ITEMS,
        async (item) => {
          running += 1;
          most = Math.max(most, running);
          await after(item === 3 ? 1_000 : 10);
          running -= 1;
          if (item === 5) throw new Error("no");
          return item * 2;
        },
        { concurrency: 4, deadlineMs: 100 },
      ),
    1_000,
  );
  expect(most).toBe(4);
  const sorted = results.toSorted((a, b) => a.item - b.item);
  expect(sorted.map(({ item }) => item)).toEqual(ITEMS);
  expect(sorted.filter(({ ok }) => !ok).map(({ item }) => item)).toEqual([3, 5]);
  expect(sorted[4]).toEqual({ item: 4, ok: true, result: 8 });
});

test("begins nothing after the time for that, and waits for what it began", async () => {
  const begun: number[] = [];
  const results = await inFakeTime(
    () =>
      fanOut(
        ITEMS,
        async (item) => {
          begun.push(item);
          await after(60);
          return item;
        },
        { concurrency: 2, deadlineMs: 1_000, startWithinMs: 100 },
      ),
    200,
  );
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(results).toHaveLength(ITEMS.length);
  expect(results.filter(({ ok }) => ok).map(({ item }) => item)).toEqual(begun);
  const error = "there was no time left to ask it";
  expect(results.find(({ item }) => item === 9)).toEqual({ item: 9, ok: false, error });
});
