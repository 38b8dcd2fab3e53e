import * as fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../../bench/simulation/virtual-clock.ts";

test("everything happens at its time and in order, but what was cancelled", async () => {
  const timers = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 50 }), isCancelled: fc.boolean() }),
    { maxLength: 40 },
  );
  const property = fc.asyncProperty(timers, async (wanted) => {
    const clock = new VirtualClock(1_000);
    const seen: { readonly i: number; readonly at: number }[] = [];
    for (const [i, { afterMs, isCancelled }] of wanted.entries()) {
      const cancel = clock.startTimer(() => seen.push({ i, at: clock.now() }), afterMs);
      if (isCancelled) cancel();
    }
    await clock.runUntil(1_030);
    const expected = wanted
      .map(({ afterMs, isCancelled }, i) => ({ i, at: 1_000 + afterMs, isCancelled }))
      .filter(({ at, isCancelled }) => !isCancelled && at <= 1_030)
      .toSorted((left, right) => left.at - right.at || left.i - right.i)
      .map(({ i, at }) => ({ i, at }));
    expect(seen).toEqual(expected);
    expect(clock.now()).toBe(1_030);
  });
  await fc.assert(property);
});

test("whoever sleeps again and again sleeps in virtual time", async () => {
  const clock = new VirtualClock(0);
  const woke: number[] = [];
  const sleeper = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(10);
      woke.push(clock.now());
    }
  };
  const asleep = sleeper();
  await clock.runUntil(25);
  expect(woke).toEqual([10, 20]);
  await clock.runUntil(100);
  await asleep;
  expect(woke).toEqual([10, 20, 30]);
});
