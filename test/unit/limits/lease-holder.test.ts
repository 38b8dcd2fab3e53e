import { expect, test } from "vitest";
import { LeaseHolder } from "../../../src/limits/lease-holder.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { MAX_PERMITS, type PermitAnswer, type PermitRequest } from "../../../src/wire/permits.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const REFUSED = { status: 429, isLimited: true, retryAfterMs: 60_000 };

function newHolder(aheadMs = 2_000): LeaseHolder {
  return new LeaseHolder({ target: "meta", holder: "edge", aheadMs });
}

function granted(permits: number, lifeMs = 10_000): PermitAnswer {
  return { kind: "granted", target: "meta", permits, lifeMs };
}

/** Asks, is answered at once, and has used what it needed. */
function hold(holder: LeaseHolder, need: number, more: number, nowMs: number): PermitRequest {
  const request = holder.request(need, nowMs);
  holder.answered(request, granted(need + more), nowMs, nowMs);
  const { leaseId } = request;
  holder.settleLent({ leaseId, spent: need, returned: 0 }, nowMs);
  return request;
}

function tell(holder: LeaseHolder, nowMs: number): PermitRequest {
  const request = holder.request(0, nowMs);
  holder.answered(request, { kind: "settled", target: "meta", closedMs: 0 }, nowMs, nowMs);
  return request;
}

test("without a lease only the bucket can tell; with one, no I/O is needed until it is dry", () => {
  const holder = newHolder();
  expect(holder.take(1, NOW)).toEqual({ kind: "ask" });
  const { leaseId } = hold(holder, 1, 2, NOW);
  expect([1, 2, 3].map(() => holder.take(1, NOW + 5).kind)).toEqual(["taken", "taken", "ask"]);
  expect(tell(holder, NOW + 9).settlements).toEqual([{ leaseId, spent: 3, returned: 0 }]);
  expect(tell(holder, NOW + 10).settlements).toEqual([]);
});

test("a lease is used for as long as it holds, counted from the asking, and its rest goes back", () => {
  const holder = newHolder();
  const request = holder.request(1, NOW);
  holder.answered(request, granted(5), NOW, NOW + 4_000);
  expect(holder.take(1, NOW + 9_999).kind).toBe("taken");
  expect(holder.take(1, NOW + 10_000).kind).toBe("ask");
  expect(holder.available(NOW + 10_000)).toBe(0);
  holder.settleLent({ leaseId: request.leaseId, spent: 1, returned: 0 }, NOW + 10_000);
  expect(holder.dueAt()).toBe(-Infinity);
  expect(tell(holder, NOW + 10_000).settlements).toEqual([
    { leaseId: request.leaseId, spent: 2, returned: 3 },
  ]);
  expect(holder.dueAt()).toBe(Infinity);
});

test("what is lent comes back to the lease while it holds, and to the bucket after", () => {
  const holder = newHolder();
  const { leaseId } = hold(holder, 1, 4, NOW);
  holder.lend(4, NOW);
  holder.settleLent({ leaseId, spent: 1, returned: 1 }, NOW + 1);
  expect(holder.available(NOW + 1)).toBe(1);
  holder.settleLent({ leaseId, spent: 0, returned: 99 }, NOW + 10_000);
  const [settlement] = tell(holder, NOW + 10_000).settlements;
  expect(settlement).toEqual({ leaseId, spent: 2, returned: 3 });
});

test("all permits of one take come from one lease", () => {
  const holder = newHolder();
  hold(holder, 1, 2, NOW);
  hold(holder, 1, 3, NOW + 1);
  expect(holder.available(NOW + 1)).toBe(5);
  expect(holder.take(4, NOW + 1).kind).toBe("ask");
  expect(holder.take(3, NOW + 1).kind).toBe("taken");
});

test("what it asks ahead follows its use, and is asked for before it runs dry", () => {
  const holder = newHolder(2_000);
  hold(holder, 1, 100, NOW);
  expect(holder.request(1, NOW).want).toBe(0);
  const idle = newHolder(2_000);
  expect(idle.request(0, NOW).want).toBe(0);
  // Ten a second for ten seconds: it expects about twenty until the next report.
  for (let ms = 0; ms < 10_000; ms += 100) {
    hold(holder, 0, 1, NOW + ms);
    holder.take(1, NOW + ms);
  }
  const nowMs = NOW + 10_000;
  expect(holder.available(nowMs)).toBeLessThan(10);
  expect(holder.isUrgent(nowMs)).toBe(true);
  const renewal = holder.request(0, nowMs);
  expect(renewal.want).toBeGreaterThanOrEqual(17);
  expect(renewal.want).toBeLessThanOrEqual(23);
  // One renewal at a time.
  expect(holder.isUrgent(nowMs)).toBe(false);
  holder.answered(renewal, granted(renewal.want), nowMs, nowMs);
  expect(holder.isUrgent(nowMs)).toBe(false);
});

test("what lies idle is given back with the next request", () => {
  const holder = newHolder();
  const { leaseId } = hold(holder, 1, 99, NOW);
  const [settlement] = tell(holder, NOW + 8_000).settlements;
  expect(settlement?.leaseId).toBe(leaseId);
  expect(settlement?.returned).toBeGreaterThanOrEqual(96);
  expect(holder.available(NOW + 8_000)).toBeGreaterThanOrEqual(1);
});

test("a request without an answer is given back whole until the bucket has heard so", () => {
  const holder = newHolder();
  const lost = holder.request(3, NOW);
  holder.lost(lost, NOW + 2_000);
  expect(holder.dueAt()).toBe(-Infinity);
  const whole = [{ leaseId: lost.leaseId, spent: 0, returned: MAX_PERMITS }];
  const second = holder.request(1, NOW + 2_001);
  expect(second.settlements).toEqual(whole);
  holder.lost(second, NOW + 2_100);
  expect(tell(holder, NOW + 2_101).settlements).toContainEqual(whole[0]);
  expect(tell(holder, NOW + 2_102).settlements).toEqual([]);
});

test("a lost answer costs the bucket nothing once its holder asks again", () => {
  const store = new MemoryLimitStore();
  const configured = { capacity: 10, refillPerMinute: 0 };
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  const limiter = new Limiter({ target: "meta", store, configured, times, nowMs: NOW });
  const holder = newHolder();
  const lost = holder.request(10, NOW);
  limiter.ask(lost, NOW);
  holder.lost(lost, NOW + 500);
  expect(limiter.ask(holder.request(10, NOW + 500), NOW + 500).kind).toBe("granted");
});

test("requests that are lost for hours are remembered only so far", () => {
  const holder = newHolder();
  for (let i = 0; i < 5_000; i += 1) holder.lost(holder.request(1, NOW), NOW);
  let told = 0;
  for (let sent = tell(holder, NOW); sent.settlements.length > 0; sent = tell(holder, NOW)) {
    expect(sent.settlements.length).toBeLessThanOrEqual(64);
    told += sent.settlements.length;
  }
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(1_024);
});

test("what is given back is used again; what the bucket may have heard of is not", () => {
  const holder = newHolder();
  const { leaseId } = hold(holder, 0, 5, NOW);
  for (let i = 0; i < 5; i += 1) holder.take(1, NOW);
  holder.giveBack(2, NOW);
  expect(holder.available(NOW)).toBe(2);
  holder.take(2, NOW);
  const sent = holder.request(0, NOW + 1);
  expect(sent.settlements).toEqual([{ leaseId, spent: 5, returned: 0 }]);
  // The request is under way: the bucket may count them as used already, and refill for them.
  holder.giveBack(2, NOW + 2);
  expect(holder.available(NOW + 2)).toBe(0);
});

test("while it is closed, what is given back goes to the bucket", () => {
  const holder = newHolder();
  const { leaseId } = hold(holder, 0, 5, NOW);
  holder.take(2, NOW);
  holder.signal(REFUSED, NOW);
  holder.giveBack(2, NOW);
  expect(holder.available(NOW)).toBe(0);
  expect(tell(holder, NOW + 1).settlements).toEqual([{ leaseId, spent: 0, returned: 5 }]);
});

test("a refusal is heeded at once, told at once, and told again if it was lost", () => {
  const holder = newHolder();
  hold(holder, 0, 5, NOW);
  holder.signal(REFUSED, NOW);
  expect(holder.take(1, NOW + 1_999)).toMatchObject({ kind: "denied", reason: "closed" });
  expect(holder.isUrgent(NOW)).toBe(true);
  const sent = holder.request(0, NOW + 1);
  expect(sent.signals).toEqual([REFUSED]);
  expect(holder.isUrgent(NOW + 1)).toBe(false);
  holder.lost(sent, NOW + 2);
  expect(tell(holder, NOW + 3).signals).toEqual([REFUSED]);
  expect(holder.take(1, NOW + 2_001)).toEqual({ kind: "ask" });
});

test("an answer from before the platform's refusal does not open what the refusal closed", () => {
  const holder = newHolder();
  const asked = holder.request(1, NOW);
  holder.signal(REFUSED, NOW + 10);
  holder.answered(asked, granted(20), NOW, NOW + 20);
  expect(holder.take(1, NOW + 21)).toMatchObject({ kind: "denied", reason: "closed" });
  const settlements = holder.request(0, NOW + 22).settlements;
  expect(settlements).toEqual([{ leaseId: asked.leaseId, spent: 0, returned: 19 }]);
});

test("what the bucket calls invalid is not sent again: it would fail for ever", () => {
  const holder = newHolder();
  holder.signal({ status: 7, isLimited: false }, NOW);
  const sent = holder.request(1, NOW);
  const failed = { kind: "failed", target: "meta", reason: "invalid", detail: "status" } as const;
  holder.answered(sent, failed, NOW, NOW + 5);
  expect(holder.request(1, NOW + 6)).toMatchObject({ signals: [], settlements: [] });
});

test("a denial is believed for a second at most, and says what the bucket said", () => {
  const holder = newHolder();
  const denial = { reason: "empty", detail: "No permit is left.", place: null } as const;
  const sent = holder.request(1, NOW);
  const answer = { kind: "denied", target: "meta", ...denial, retryAfterMs: 5_000 } as const;
  holder.answered(sent, answer, NOW, NOW + 10);
  const { reason, detail } = denial;
  expect(holder.take(1, NOW + 1_009)).toEqual({
    kind: "denied",
    reason,
    detail,
    until: NOW + 1_010,
  });
  expect(holder.take(1, NOW + 1_010)).toEqual({ kind: "ask" });
});

test("`never` says nothing about fewer permits", () => {
  const holder = newHolder();
  const about = { detail: "", retryAfterMs: 86_400_000, place: null };
  const sent = holder.request(99, NOW);
  holder.answered(sent, { kind: "denied", target: "meta", reason: "never", ...about }, NOW, NOW);
  expect(holder.take(1, NOW)).toEqual({ kind: "ask" });
});

test("a target without a limit is not asked about for ten seconds", () => {
  const holder = newHolder();
  const sent = holder.request(1, NOW);
  holder.answered(sent, { kind: "unlimited", target: "meta" }, NOW, NOW);
  expect(holder.take(50, NOW + 9_999)).toEqual({ kind: "taken", leaseId: "" });
  expect(holder.isUrgent(NOW + 9_999)).toBe(false);
  expect(holder.take(1, NOW + 10_000)).toEqual({ kind: "ask" });
});

test("a holder that rests gives all back", () => {
  const holder = newHolder();
  const { leaseId } = hold(holder, 1, 9, NOW);
  holder.release(NOW + 1);
  expect(holder.available(NOW + 1)).toBe(0);
  expect(tell(holder, NOW + 1).settlements).toEqual([{ leaseId, spent: 1, returned: 9 }]);
});
