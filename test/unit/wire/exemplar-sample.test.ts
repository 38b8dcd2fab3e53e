import fc from "fast-check";
import { expect, test } from "vitest";
import type { OperationExemplar } from "../../../src/exemplar.ts";
import { ExemplarSample } from "../../../src/wire/exemplar-sample.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("exemplar sample", process.env["SEED"]);

/** The trace id tells which of the offers it was. */
function exemplar(operation: string, durationUs: number, number = 0): OperationExemplar {
  return { operation, durationUs, at: 0, traceId: String(number) };
}

const offers = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(1_000)), { maxLength: 80 })
  .map((list) => list.map(([operation, us], number) => exemplar(operation, us, number)));

const limits = fc.record({
  perOperation: fc.integer({ min: 1, max: 6 }),
  total: fc.integer({ min: 4, max: 12 }),
});

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
      for (const operation of ["a", "b", "c", "d"]) {
        const own = held.filter((one) => one.operation === operation);
        expect(own.length).toBeLessThanOrEqual(limit.perOperation);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("as long as there is a place for each operation, the slowest of each is there", () => {
  fc.assert(
    fc.property(offers, limits, fc.nat(), (offered, limit, seed) => {
      const random = new Random(seed);
      const sample = new ExemplarSample(limit, () => random.next());
      for (const one of offered) sample.offer(one);
      const held = sample.take();
      for (const operation of new Set(offered.map((one) => one.operation))) {
        const slowest = (list: readonly OperationExemplar[]): number =>
          Math.max(...list.flatMap((one) => (one.operation === operation ? one.durationUs : [])));
        expect(slowest(held)).toBe(slowest(offered));
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("what fits is there whole, and what was taken is gone", () => {
  const sample = new ExemplarSample({ perOperation: 4, total: 8 }, () => 0);
  const offered = [exemplar("a", 5), exemplar("a", 9), exemplar("b", 1), exemplar("a", 7)];
  for (const one of offered) sample.offer(one);
  expect(new Set(sample.take())).toEqual(new Set(offered));
  expect(sample.length).toBe(0);
  expect(sample.take()).toEqual([]);
});

test("every place is taken by an operation: one more is left out", () => {
  const sample = new ExemplarSample({ perOperation: 4, total: 2 }, () => 0);
  for (const operation of ["a", "b", "c"]) sample.offer(exemplar(operation, 1));
  expect(sample.take().map(({ operation }) => operation)).toEqual(["a", "b"]);
});

test("all but the slowest have the same chance, whenever they come", () => {
  const random = new Random(SEED);
  const chosen = Array.from({ length: 20 }, () => 0);
  for (let run = 0; run < 4_000; run++) {
    const sample = new ExemplarSample({ perOperation: 6, total: 6 }, () => random.next());
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
    const sample = new ExemplarSample({ perOperation: 3, total: 5 }, () => random.next());
    for (let number = 0; number < 100; number++) {
      sample.offer(exemplar(number % 3 === 0 ? "a" : "b", (number * 37) % 101, number));
    }
    return sample.take();
  };
  expect(choice()).toEqual(choice());
});
