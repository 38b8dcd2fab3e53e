import { expect, test } from "vitest";
import { Limiter } from "../../../src/limits/limiter.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import { TrueBucket } from "../../support/limits/true-bucket.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;
const LEASE_MS = 10_000;
const LONGEST_LEASE_MS = 15_000;

/** So slow that what comes in within a lease's life is less than a permit. */
const RULE = { capacity: 10, refillPerMinute: 1 };

test("what was leased when the clock jumped is used beside the bucket, though the bucket holds some", () => {
  const limiter = open();
  const bucket = new TrueBucket(RULE, NOW);
  const lease = limiter.lease({ holder: "caller", permits: 4, newLeaseId: "caller-1" }, NOW);
  expect(lease).toMatchObject({ kind: "granted", permits: 4, lifeMs: LEASE_MS });
  const jumpsAtGrant = bucket.jumps;

  // The shard takes the lease for expired, and its bucket for full.
  bucket.jump(HOUR_MS, 4, LONGEST_LEASE_MS, NOW);
  const afterJump = limiter.view(NOW + HOUR_MS);
  expect(afterJump).toMatchObject({ available: 10, outstanding: 0 });
  bucket.use(4, NOW + LEASE_MS - 1, jumpsAtGrant);

  // Long after the lease has ended, and before a permit has come in: the bucket is still full.
  const laterMs = NOW + LONGEST_LEASE_MS + 1;
  const burst = limiter.take({ permits: 10 }, laterMs + HOUR_MS);
  expect(burst).toMatchObject({ kind: "granted", permits: 10 });
  bucket.use(10, laterMs);
  expect(() => bucket.use(1, laterMs)).toThrow("permits used that were not there");
});

test("what was leased when the clock jumped is no extra for anybody else", () => {
  const bucket = new TrueBucket(RULE, NOW);
  bucket.jump(HOUR_MS, 4, LONGEST_LEASE_MS, NOW);
  bucket.use(10, NOW);
  // Neither for what is used as it is granted, nor for a lease of after the jump.
  expect(() => bucket.use(1, NOW)).toThrow("1 permits used that were not there");
  expect(() => bucket.use(1, NOW, bucket.jumps)).toThrow("1 permits used that were not there");
  bucket.use(4, NOW + LONGEST_LEASE_MS - 1, 0);
});

test("what was leased when the clock jumped is used once, and before it has ended", () => {
  const bucket = new TrueBucket({ capacity: 1, refillPerMinute: 0 }, NOW);
  bucket.use(1, NOW);
  bucket.jump(HOUR_MS, 4, LONGEST_LEASE_MS, NOW);
  bucket.use(3, NOW, 0);
  expect(() => bucket.use(2, NOW, 0)).toThrow("1 permits used that were not there");
  bucket.jump(HOUR_MS, 4, LONGEST_LEASE_MS, NOW);
  const endMs = NOW + LONGEST_LEASE_MS;
  expect(() => bucket.use(1, endMs, 0)).toThrow("1 permits used that were not there");
});

function open(): Limiter {
  const times = { leaseMs: LEASE_MS, marginMs: LONGEST_LEASE_MS - LEASE_MS };
  const store = new MemoryLimitStore();
  return new Limiter({ target: "meta", store, configured: RULE, times, nowMs: NOW });
}
