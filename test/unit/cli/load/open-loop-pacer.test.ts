import fc from "fast-check";
import { expect, it } from "vitest";
import { LATE_AFTER_MS, OpenLoopPacer } from "../../../../src/cli/load/open-loop-pacer.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("the pace of load", process.env["SEED"]);
const START = 5_000;

it("hands out requests when they are due, the last one with what is left", () => {
  const pacer = new OpenLoopPacer({
    perSecond: 100,
    batch: 40,
    total: 100,
    startMs: START,
    giveUpAfterMs: 1_000,
  });
  expect(pacer.take(START)).toEqual({ dueMs: START, size: 40 });
  expect(pacer.nextDueMs()).toBe(START + 400);
  expect(pacer.take(START + 399)).toBeUndefined();
  expect(pacer.take(START + 400)).toEqual({ dueMs: START + 400, size: 40 });
  expect(pacer.take(START + 800)).toEqual({ dueMs: START + 800, size: 20 });
  expect(pacer.nextDueMs()).toBeUndefined();
  expect(pacer.take(START + 9_000)).toBeUndefined();
  expect([pacer.late, pacer.givenUp]).toEqual([0, 0]);
});

it("counts what comes late, and gives up what comes too late", () => {
  const options = { perSecond: 10, batch: 1, total: 30, startMs: START, giveUpAfterMs: 1_000 };
  const pacer = new OpenLoopPacer(options);
  // The first two seconds nobody could send.
  expect(pacer.take(START + 2_000)).toEqual({ dueMs: START + 1_000, size: 1 });
  expect([pacer.late, pacer.givenUp]).toEqual([1, 10]);
});

it("adds up whatever happens, keeps to the rate, and is late only if it was asked late", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 80 });
  const options = fc.record({
    perSecond: fc.double({ min: 0.5, max: 20_000, noNaN: true }),
    batch: fc.integer({ min: 1, max: 1_000 }),
    total: fc.integer({ min: 1, max: 1_000 }),
    giveUpAfterMs: fc.integer({ min: 0, max: 2_000 }),
  });
  fc.assert(
    fc.property(options, steps, (given, waits) => {
      const pacer = new OpenLoopPacer({ ...given, startMs: START });
      let nowMs = START;
      let [sent, late] = [0, 0];
      const askAt = (atMs: number): void => {
        for (let due = pacer.take(atMs); due !== undefined; due = pacer.take(atMs)) {
          sent += due.size;
          expect(due.dueMs).toBeLessThanOrEqual(atMs);
          expect(atMs - due.dueMs).toBeLessThanOrEqual(given.giveUpAfterMs);
          if (atMs - due.dueMs > LATE_AFTER_MS) late += due.size;
        }
        const most = ((atMs - START) / 1_000) * given.perSecond + given.batch;
        expect(sent).toBeLessThanOrEqual(most + 1e-6);
      };
      for (const wait of waits) askAt((nowMs += wait));
      while (pacer.nextDueMs() !== undefined) askAt((nowMs = pacer.nextDueMs() ?? nowMs));
      expect(sent + pacer.givenUp).toBe(given.total);
      expect(pacer.late).toBe(late);
    }),
    { seed },
  );
});
