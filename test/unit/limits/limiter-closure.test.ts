import { expect, test } from "vitest";
import { Limiter } from "../../../src/limits/limiter.ts";
import type { PermitRequest } from "../../../src/wire/permits.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const REFUSED = { status: 429, isLimited: true };

function open(store = new MemoryLimitStore(), nowMs = NOW): Limiter {
  const configured = { capacity: 100, refillPerMinute: 600 };
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  return new Limiter({ target: "meta", store, configured, times, nowMs });
}

function request(leaseId: string, need: number, more: Partial<PermitRequest> = {}): PermitRequest {
  const about = { target: "meta", holder: "a", want: 0, settlements: [], signals: [] };
  return { ...about, leaseId, need, ...more };
}

function drain(limiter: Limiter, nowMs: number): number {
  let taken = 0;
  while (limiter.take({ permits: 1 }, nowMs)?.kind === "granted") taken += 1;
  return taken;
}

test("a closed bucket grants nothing, says why and until when, and opens by itself", () => {
  const limiter = open();
  limiter.feedback({ ...REFUSED, retryAfterMs: 30_000 }, NOW);
  expect(limiter.view(NOW)).toMatchObject({
    available: 0,
    blockedUntil: NOW + 30_000,
    blockedReason: "the platform answered 429 and asked to wait for 30 s",
    refillRate: 0,
  });
  const outcome = limiter.take({ permits: 1 }, NOW + 1_000);
  expect(outcome).toMatchObject({ kind: "denied", reason: "closed", retryAfterMs: 29_000 });
  expect(limiter.ask(request("a.1", 0, { want: 9 }), NOW + 1_000)).toMatchObject({
    kind: "settled",
    closedMs: 29_000,
  });
  expect(limiter.view(NOW + 30_000)).toMatchObject({ available: 1, blockedUntil: null });
  expect(limiter.view(NOW + 60_000)).toMatchObject({ refillRate: 1, blockedReason: null });
});

test("when it opens there is one permit, and then what the ramp gives: no burst", () => {
  const limiter = open();
  limiter.ask(request("a.1", 50), NOW);
  limiter.ask(request("a.2", 0, { signals: [{ ...REFUSED, retryAfterMs: 10_000 }] }), NOW + 1);
  const settlements = [{ leaseId: "a.1", spent: 1, returned: 49 }];
  limiter.ask(request("a.3", 0, { settlements }), NOW + 500);
  limiter.override({ capacity: 300, refillPerMinute: 600 }, NOW + 600);
  const opensAt = NOW + 1 + 10_000;
  expect(drain(limiter, opensAt - 1)).toBe(0);
  expect(drain(limiter, opensAt)).toBe(1);
  // 10 a second, over a ramp of 10 s from a tenth to all of it: 55 of 100.
  let taken = 0;
  for (let ms = 0; ms <= 10_000; ms += 100) taken += drain(limiter, opensAt + ms);
  expect(taken).toBeGreaterThanOrEqual(54);
  expect(taken).toBeLessThanOrEqual(55);
});

test("a closure survives a crash, as does the ramp after it", () => {
  const store = new MemoryLimitStore();
  open(store).feedback({ ...REFUSED, retryAfterMs: 20_000 }, NOW);
  const again = open(store, NOW + 19_999);
  expect(again.take({ permits: 1 }, NOW + 19_999)).toMatchObject({ reason: "closed" });
  expect(again.view(NOW + 30_000)?.refillRate).toBeCloseTo(0.55, 2);
});

test("a usage of 90 % halves the refill, and takes nothing away", () => {
  const limiter = open();
  limiter.feedback({ status: 200, isLimited: false, usedPercent: 90 }, NOW);
  expect(limiter.view(NOW)).toMatchObject({
    available: 100,
    refillRate: 0.5,
    blockedUntil: null,
    blockedReason: "the platform said that 90 % of its limit is used",
  });
  expect(drain(limiter, NOW)).toBe(100);
  expect(drain(limiter, NOW + 1_000)).toBe(5);
});

test("a bucket with more leases than it keeps still grants what needs none", () => {
  const configured = { capacity: 20_000, refillPerMinute: 0 };
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  const store = { loadLimit: () => undefined, saveLimit: () => undefined };
  const limiter = new Limiter({ target: "meta", store, configured, times, nowMs: NOW });
  let leases = 0;
  while (limiter.ask(request(`a.${leases}`, 1), NOW).kind === "granted") leases += 1;
  expect(leases).toBe(8_192);
  expect(limiter.take({ permits: 1 }, NOW)?.kind).toBe("granted");
  expect(limiter.ask(request("a.more", 1), NOW)).toMatchObject({
    kind: "denied",
    detail: expect.stringContaining("8192 leases") as string,
  });
});
