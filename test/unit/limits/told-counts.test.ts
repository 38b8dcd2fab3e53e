import fc from "fast-check";
import { expect, test } from "vitest";
import { Limiter } from "../../../src/limits/limiter.ts";
import { DiskFull, MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const TIMES = { leaseMs: 10_000, marginMs: 5_000 };
const RULE = { capacity: 100, refillPerMinute: 600 };

function open(store: MemoryLimitStore, nowMs = NOW): Limiter {
  return new Limiter({ target: "meta", store, configured: RULE, times: TIMES, nowMs });
}

test("denials that were told are known to a later life, however soon the crash comes", () => {
  const store = new MemoryLimitStore();
  const limiter = open(store);
  for (let i = 0; i < 300; i += 1) limiter.take({ permits: 1 }, NOW);
  expect(limiter.told(NOW).view).toMatchObject({ granted: 100, denied: 200 });
  expect(open(store).told(NOW).view).toMatchObject({ granted: 100, denied: 200 });
});

test("what is told costs a save only if permits were denied since the last one", () => {
  const store = new MemoryLimitStore();
  const limiter = open(store);
  limiter.told(NOW);
  expect(store.saves).toBe(0);
  // A grant, or what is told of it, is no denial.
  limiter.take({ permits: 1 }, NOW);
  const granted = store.saves;
  limiter.told(NOW);
  expect(store.saves).toBe(granted);
  for (let i = 0; i < 150; i += 1) limiter.take({ permits: 1 }, NOW);
  const before = store.saves;
  for (let i = 0; i < 10; i += 1) limiter.told(NOW + 500 * i);
  expect(store.saves).toBe(before + 1);
  // Nor does a later life pay for what an earlier one saved.
  open(store).told(NOW);
  expect(store.saves).toBe(before + 1);
});

test("what cannot be stored is not told, and is when it can", () => {
  const store = new MemoryLimitStore();
  const limiter = open(store);
  for (let i = 0; i < 101; i += 1) limiter.take({ permits: 1 }, NOW);
  store.failSaves(1);
  expect(() => limiter.told(NOW)).toThrow(DiskFull);
  expect(limiter.told(NOW).view).toMatchObject({ denied: 1 });
  expect(open(store).view(NOW)).toMatchObject({ denied: 1 });
});

test("a target without a limit is told as such", () => {
  const options = { target: "meta", store: new MemoryLimitStore(), times: TIMES, nowMs: NOW };
  const limiter = new Limiter({ ...options, configured: undefined });
  expect(limiter.told(NOW)).toEqual({ view: null, version: 0, fullSpeedAt: 0 });
});

type Step =
  | { readonly do: "take"; readonly permits: number; readonly times: number }
  | { readonly do: "lease"; readonly permits: number }
  | { readonly do: "pass"; readonly durationMs: number }
  | { readonly do: "told" | "crash" | "full_disk" | "closed" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      permits: fc.integer({ min: 1, max: 120 }),
      times: fc.integer({ min: 1, max: 30 }),
    }),
  },
  fc.record({ do: fc.constant("lease" as const), permits: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ do: fc.constant("pass" as const), durationMs: fc.integer({ min: 0, max: 3_000 }) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("told" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  fc.record({ do: fc.constantFrom("full_disk" as const, "closed" as const) }),
);

/** A bucket that is told of, and crashes, at any moment. */
class Run {
  readonly #store = new MemoryLimitStore();
  #limiter = open(this.#store);
  #nowMs = NOW;
  #leases = 0;
  #granted = 0;
  #denied = 0;

  do(one: Step): void {
    try {
      this.#do(one);
    } catch (cause) {
      if (!(cause instanceof DiskFull)) throw cause;
    }
  }

  #do(one: Step): void {
    if (one.do === "take") {
      for (let i = 0; i < one.times; i += 1) {
        this.#limiter.take({ permits: one.permits }, this.#nowMs);
      }
    } else if (one.do === "lease") this.#lease(one.permits);
    else if (one.do === "pass") this.#nowMs += one.durationMs;
    else if (one.do === "told") this.#check();
    else if (one.do === "crash") this.#limiter = open(this.#store, this.#nowMs);
    else if (one.do === "full_disk") this.#store.failSaves(1);
    else {
      const signal = { status: 429, isLimited: true, retryAfterMs: 700 };
      this.#limiter.feedback(signal, this.#nowMs);
    }
  }

  #lease(permits: number): void {
    this.#leases += 1;
    const request = { holder: "edge", permits, newLeaseId: `edge-${this.#leases}` };
    this.#limiter.lease({ ...request, spent: undefined, leaseId: undefined }, this.#nowMs);
  }

  #check(): void {
    const { view } = this.#limiter.told(this.#nowMs);
    expect(view?.granted).toBeGreaterThanOrEqual(this.#granted);
    expect(view?.denied).toBeGreaterThanOrEqual(this.#denied);
    this.#granted = view?.granted ?? 0;
    this.#denied = view?.denied ?? 0;
  }
}

test("no count that was told ever goes down, whatever crashes", () => {
  const property = fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
    const run = new Run();
    for (const one of [...steps, { do: "told" as const }]) run.do(one);
  });
  fc.assert(property, { numRuns: 500, seed: seedOf("told counts", process.env["SEED"]) });
});
