import { expect, test } from "vitest";
import { Limiter } from "../../../src/limits/limiter.ts";
import type { PermitRequest } from "../../../src/wire/permits.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

function open(capacity: number, refillPerMinute: number, store = new MemoryLimitStore()): Limiter {
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  const configured = { capacity, refillPerMinute };
  return new Limiter({ target: "meta", store, configured, times, nowMs: NOW });
}

function drain(limiter: Limiter, nowMs: number): number {
  let taken = 0;
  while (limiter.take({ permits: 1 }, nowMs)?.kind === "granted") taken += 1;
  return taken;
}

function request(leaseId: string, need: number, more: Partial<PermitRequest> = {}): PermitRequest {
  const [holder = ""] = leaseId.split(".");
  const about = { target: "meta", holder, leaseId, settlements: [], signals: [] };
  return { ...about, need, want: 0, ...more };
}

test("a lease leaves no room for what would have come in while it was out, however late one looks", () => {
  for (const isCrash of [false, true]) {
    const store = new MemoryLimitStore();
    let limiter = open(200, 600, store);
    limiter.lease({ holder: "edge", permits: 200, newLeaseId: "edge.1" }, NOW);
    if (isCrash) limiter = open(200, 600, store);
    // All of it may be used until the end of the lease, 15 s after it was granted.
    expect(drain(limiter, NOW + 15_100)).toBe(1);
    expect(drain(limiter, NOW + 20_100)).toBe(50);
  }
});

test("to lower a limit and to raise it again fills nothing", () => {
  const limiter = open(200, 10);
  expect(drain(limiter, NOW)).toBe(200);
  for (let i = 0; i < 5; i += 1) {
    limiter.override({ capacity: i % 2, refillPerMinute: 10 }, NOW);
    limiter.override(undefined, NOW);
    expect(drain(limiter, NOW)).toBe(0);
  }
  expect(drain(limiter, NOW + 60_000)).toBe(10);
});

test("what is leased while a limit is lowered and raised is not there twice", () => {
  const limiter = open(200, 10);
  expect(limiter.ask(request("a.1", 200), NOW).kind).toBe("granted");
  limiter.override({ capacity: 0, refillPerMinute: 10 }, NOW);
  const settlements = [{ leaseId: "a.1", spent: 150, returned: 50 }];
  limiter.ask(request("a.2", 0, { settlements }), NOW);
  limiter.override(undefined, NOW);
  expect(drain(limiter, NOW)).toBe(50);
});

test("a lower limit is a limit at once: what was used before does not keep it empty", () => {
  const limiter = open(200, 10);
  expect(drain(limiter, NOW)).toBe(200);
  limiter.override({ capacity: 5, refillPerMinute: 60 }, NOW);
  expect(drain(limiter, NOW + 3_000)).toBe(3);
  // Set as it is, it stays as it is.
  limiter.override({ capacity: 5, refillPerMinute: 60 }, NOW + 5_000);
  expect(drain(limiter, NOW + 5_000)).toBe(2);
});

test("nobody gets back what a crash left of a reserve", () => {
  const store = new MemoryLimitStore();
  const limiter = open(10_000, 0, store);
  for (let i = 0; i < 400; i += 1) limiter.take({ permits: 1 }, NOW + i);
  const again = open(10_000, 0, store);
  const reserved = again.view(NOW + 500)?.outstanding ?? 0;
  expect(reserved).toBeGreaterThan(0);
  for (const holder of ["reserve", "#"]) {
    again.lease({ holder, permits: 0, spent: 0, newLeaseId: `${holder}.1` }, NOW + 500);
  }
  const ids = [...Array(500).keys()].flatMap((n) => [`#${n}`, `reserve-${n}`]);
  for (const leaseId of ids) {
    const settlements = [{ leaseId, spent: 0, returned: 10_000 }];
    again.ask(request("a.1", 0, { settlements }), NOW + 500);
  }
  expect(again.view(NOW + 500)?.outstanding).toBe(reserved);
  expect(drain(again, NOW + 500)).toBeLessThanOrEqual(9_600);
});

test("nobody settles the lease of another", () => {
  const limiter = open(100, 0);
  limiter.ask(request("a.1", 60), NOW);
  const settlements = [{ leaseId: "a.1", spent: 0, returned: 60 }];
  limiter.ask(request("b.1", 0, { settlements }), NOW);
  expect(limiter.view(NOW)).toMatchObject({ available: 40, outstanding: 60 });
});

test("a place is worth what was asked for, and not more", () => {
  const limiter = open(60, 60);
  drain(limiter, NOW);
  const line = { sharedBy: 1 };
  const places = Array.from({ length: 10 }, () => {
    const denial = limiter.take({ permits: 1, line }, NOW);
    return denial?.kind === "denied" ? (denial.place ?? "") : "";
  });
  const later = NOW + 11_000;
  const [first = ""] = places;
  expect(limiter.take({ permits: 5, places: [first] }, later)?.kind).toBe("denied");
  const rest = places.slice(1).map((place) => limiter.take({ permits: 1, places: [place] }, later));
  expect(rest.every((outcome) => outcome?.kind === "granted")).toBe(true);
});

test("a closure can be ended by hand", () => {
  const limiter = open(60, 60);
  limiter.feedback({ status: 429, isLimited: true, retryAfterMs: 86_400_000 }, NOW);
  expect(limiter.take({ permits: 1 }, NOW)).toMatchObject({ reason: "closed" });
  limiter.reopen(NOW);
  expect(limiter.view(NOW)).toMatchObject({ blockedUntil: null, blockedReason: null });
  // What it held when it was closed is not there again.
  expect(drain(limiter, NOW)).toBe(1);
  expect(drain(limiter, NOW + 5_000)).toBe(5);
});

test("who is denied because all is leased is told when that may change", () => {
  const limiter = open(20, 60);
  limiter.lease({ holder: "edge", permits: 20, newLeaseId: "edge.1" }, NOW);
  const denial = limiter.take({ permits: 1 }, NOW);
  expect(denial).toMatchObject({ kind: "denied", retryAfterMs: 3_000 });
  expect(limiter.resetMs(NOW)).toBe(20_000);
});
