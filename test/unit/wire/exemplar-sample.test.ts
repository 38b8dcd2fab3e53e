import fc from "fast-check";
import { expect, test } from "vitest";
import type { OperationExemplar } from "../../../src/exemplar.ts";
import { type ExemplarLimits, ExemplarSample } from "../../../src/wire/exemplar-sample.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("exemplar sample", process.env["SEED"]);

/** The trace id tells which of the offers it was. */
function exemplar(operation: string, durationUs: number, number = 0): OperationExemplar {
  return { operation, durationUs, at: 0, traceId: String(number) };
}

/** Many of few operations or few of many, of durations that differ or do not. */
const offers = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.constantFrom(3, 1_000))
  .chain(([operations, longestUs]) =>
    fc.array(fc.tuple(fc.nat(operations - 1), fc.nat(longestUs)), { maxLength: 100, size: "max" }),
  )
  .map((list) => list.map(([operation, us], number) => exemplar(`op-${operation}`, us, number)));

const limits = fc
  .record({ slowest: fc.integer({ min: 1, max: 4 }), more: fc.nat(4), room: fc.nat(12) })
  .map(({ slowest, more, room }): ExemplarLimits => {
    return { slowest, perOperation: slowest + more, total: slowest + room };
  });

function operationsOf(list: readonly OperationExemplar[]): readonly string[] {
  return [...new Set(list.map(({ operation }) => operation))];
}

/** How long the slowest few took, of one operation or of all. */
function slowestOf(
  list: readonly OperationExemplar[],
  count: number,
  operation?: string,
): readonly number[] {
  const own = list.filter((one) => operation === undefined || one.operation === operation);
  const durations = own.map(({ durationUs }) => durationUs);
  return durations.toSorted((one, other) => other - one).slice(0, count);
}

test("it never holds more than it may, nor what nobody offered, nor anything twice", () => {
  fc.assert(
    fc.property(offers, limits, fc.nat(), (offered, limit, seed) => {
      const random = new Random(seed);
      const sample = new ExemplarSample(limit, () => random.next());
      for (const one of offered) {
        sample.offer(one);
        expect(sample.length).toBeLessThanOrEqual(limit.total);
      }
      const { length } = sample;
      const held = sample.take();
      expect(held.length).toBe(length);
      expect(new Set(held).size).toBe(length);
      for (const one of held) expect(offered).toContain(one);
      for (const operation of operationsOf(offered)) {
        const own = held.filter((one) => one.operation === operation);
        expect(own.length).toBeLessThanOrEqual(limit.perOperation);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("the slowest are there for certain: of all, and of each operation as far as there is room", () => {
  fc.assert(
    fc.property(offers, limits, fc.nat(), (offered, limit, seed) => {
      const random = new Random(seed);
      const sample = new ExemplarSample(limit, () => random.next());
      // What was taken before has no say in what is kept after.
      for (const one of offered) sample.offer({ ...one, durationUs: one.durationUs + 500 });
      sample.take();
      for (const one of offered) sample.offer(one);
      const held = sample.take();
      const { slowest, total } = limit;
      expect(slowestOf(held, slowest)).toEqual(slowestOf(offered, slowest));
      const operations = operationsOf(offered);
      const sure = [
        { count: 1, isSure: operations.length <= total + 1 - slowest },
        { count: slowest, isSure: operations.length <= Math.floor(total / slowest) },
      ];
      for (const { count, isSure } of sure) {
        for (const operation of isSure ? operations : []) {
          const expected = slowestOf(offered, count, operation);
          expect(slowestOf(held, count, operation)).toEqual(expected);
        }
      }
    }),
    { seed: SEED, numRuns: 1_500 },
  );
});

test("when operations use up the room, the usual goes before the slow, and the fastest first", () => {
  const sample = new ExemplarSample({ slowest: 2, perOperation: 4, total: 6 }, () => 0);
  const durations = (): number[] => {
    const held = sample.take();
    for (const one of held) sample.offer(one);
    return held.map(({ durationUs }) => durationUs).toSorted((one, other) => one - other);
  };
  for (const us of [50, 40, 30, 20]) sample.offer(exemplar("a", us));
  for (const us of [9, 8]) sample.offer(exemplar("b", us));
  expect(durations()).toEqual([8, 9, 20, 30, 40, 50]);
  for (const operation of ["c", "d"]) sample.offer(exemplar(operation, 1));
  expect(durations()).toEqual([1, 1, 8, 9, 40, 50]);
  sample.offer(exemplar("e", 2));
  expect(durations()).toEqual([1, 1, 2, 9, 40, 50]);
  // One more would cost the second slowest of all, so the fastest of all goes instead.
  sample.offer(exemplar("f", 3));
  expect(durations()).toEqual([1, 2, 3, 9, 40, 50]);
});

test("what fits is there whole, and what was taken is gone", () => {
  const sample = new ExemplarSample({ slowest: 2, perOperation: 4, total: 8 }, () => 0);
  const offered = [exemplar("a", 5), exemplar("a", 9), exemplar("b", 1), exemplar("a", 7)];
  for (const one of offered) sample.offer(one);
  expect(new Set(sample.take())).toEqual(new Set(offered));
  expect(sample.length).toBe(0);
  expect(sample.take()).toEqual([]);
});

test("every place is taken by an operation: one more is left out", () => {
  const sample = new ExemplarSample({ slowest: 1, perOperation: 4, total: 2 }, () => 0);
  for (const operation of ["a", "b", "c"]) sample.offer(exemplar(operation, 1));
  expect(sample.take().map(({ operation }) => operation)).toEqual(["a", "b"]);
});

test("all but the slowest have the same chance, whenever they come", () => {
  const random = new Random(SEED);
  const chosen = Array.from({ length: 20 }, () => 0);
  for (let run = 0; run < 4_000; run++) {
    const limit = { slowest: 1, perOperation: 6, total: 6 };
    const sample = new ExemplarSample(limit, () => random.next());
    sample.offer(exemplar("a", 1_000, -1));
    for (let number = 0; number < 20; number++) sample.offer(exemplar("a", number, number));
    for (const { traceId } of sample.take()) {
      const number = Number(traceId);
      if (number >= 0) chosen[number] = (chosen[number] ?? 0) + 1;
    }
  }
  // 5 of 20 in 4,000 runs: 1,000 each, with a standard deviation of 27.
  for (const count of chosen) expect(Math.abs(count - 1_000)).toBeLessThan(165);
});

test("the same chance makes the same choice", () => {
  const choice = (): OperationExemplar[] => {
    const random = new Random(7);
    const limit = { slowest: 1, perOperation: 3, total: 5 };
    const sample = new ExemplarSample(limit, () => random.next());
    for (let number = 0; number < 100; number++) {
      sample.offer(exemplar(number % 3 === 0 ? "a" : "b", (number * 37) % 101, number));
    }
    return sample.take();
  };
  expect(choice()).toEqual(choice());
});
