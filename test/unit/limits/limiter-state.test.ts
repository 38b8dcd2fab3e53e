import fc from "fast-check";
import { expect, test } from "vitest";
import { CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import {
  decodeLimiterState,
  encodeLimiterState,
  type LimiterState,
} from "../../../src/limits/limiter-state.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("limiter state", process.env["SEED"]);

const count = fc.maxSafeNat();
const anyRule = fc.option(
  fc.record({
    capacity: fc.nat(100_000_000),
    refillPerMinute: fc.integer({ min: 0, max: 1e11 }).map((thousandths) => thousandths / 1_000),
  }),
  { nil: undefined },
);
const anyLease = fc.record({
  id: fc.string({ maxLength: 96 }),
  holder: fc.string({ maxLength: 64, unit: "binary" }),
  permits: count,
  spent: count,
  returned: count,
  expiresAt: count,
});
const anyState: fc.Arbitrary<LimiterState> = fc.record({
  rule: anyRule,
  override: anyRule,
  level: fc.record({ units: count, refilledAt: count }),
  loop: fc.record({
    fromMs: count,
    toMs: count,
    factor: fc.nat(1_000_000).map((millionths) => millionths / 1_000_000),
    isClosure: fc.boolean(),
    strikes: fc.nat(),
    reason: fc.string({ maxLength: 200 }),
  }),
  counts: fc.record({ granted: count, denied: count, returned: count, expired: count }),
  reserved: count,
  reservedUntil: count,
  leases: fc.array(anyLease, { maxLength: 5 }),
  line: fc.array(fc.tuple(count, count), { maxLength: 5 }),
  owed: count,
});

test("what is decoded is what was encoded", () => {
  fc.assert(
    fc.property(anyState, (state) => {
      const decoded = decodeLimiterState(encodeLimiterState(state));
      const { factor } = decoded.loop;
      // In millionths, rounded down: a bucket that opens slower by so much is never over.
      expect(factor).toBeLessThanOrEqual(state.loop.factor);
      expect(factor).toBeGreaterThan(state.loop.factor - 2e-6);
      expect(decoded).toEqual({ ...state, loop: { ...state.loop, factor } });
    }),
    { seed },
  );
});

test("bytes that are cut off, or of another version, are an error that says so", () => {
  fc.assert(
    fc.property(anyState, fc.double({ min: 0, max: 0.999, noNaN: true }), (state, share) => {
      const bytes = encodeLimiterState(state);
      const cut = bytes.slice(0, Math.floor(bytes.length * share));
      expect(() => decodeLimiterState(cut)).toThrow(CorruptBytesError);
    }),
    { seed },
  );
  expect(() => decodeLimiterState(new Uint8Array([9]))).toThrow("limiter of unknown version 9");
});

test("no bytes at all make it throw anything else, or run for long", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeLimiterState(Uint8Array.of(1, ...bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptBytesError);
      }
    }),
    { seed, numRuns: 2_000 },
  );
});
