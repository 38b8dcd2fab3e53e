import { expect, test } from "vitest";
import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { Sublease } from "../../../src/limits/sublease.ts";
import type { PermitRequest } from "../../../src/wire/permits.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import { SubleaseWorld } from "../../support/limits/sublease-world.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const RULES = [
  { capacity: 20, refillPerMinute: 60 },
  { capacity: 200, refillPerMinute: 3_000 },
  { capacity: 1_000, refillPerMinute: 600 },
  { capacity: 5, refillPerMinute: 6_000 },
] as const;

const WORLDS = Number(process.env["RUNS"] ?? 60);

test("several subleases together never use more than the limit, whatever is lost or dies", () => {
  const seed = seedOf("sublease", process.env["SEED"]);
  let uses = 0;
  for (let number = 0; number < WORLDS; number++) {
    const random = new Random(seed + number);
    const dangers = {
      lost: random.pick([0, 0.02, 0.2]),
      late: random.pick([0, 0.1]),
      deaths: random.pick([0, 0.05, 0.3]),
      signals: random.pick([0, 0, 0.002]),
    };
    const world = new SubleaseWorld(random, random.pick(RULES), dangers, random.integer(1, 9));
    try {
      world.run(120_000);
    } catch (error) {
      throw new Error(`SEED=${seed + number} RUNS=1: ${String(error)}`, { cause: error });
    }
    uses += world.uses;
  }
  // A world in which nothing is used proves nothing.
  expect(uses).toBeGreaterThan(WORLDS * 20);
}, 60_000);

test("where nothing goes wrong, subleases waste little: the limit is used", () => {
  const rule = { capacity: 200, refillPerMinute: 3_000 };
  const calm = { lost: 0, late: 0, deaths: 0, signals: 0 };
  const world = new SubleaseWorld(new Random(7), rule, calm, 9);
  world.run(120_000);
  const most = 200 + 2 * 3_000;
  expect(world.uses).toBeLessThanOrEqual(most);
  expect(world.uses).toBeGreaterThan(0.9 * most);
});

const NOW = Date.UTC(2026, 10, 20, 12);
const RULE = { capacity: 100, refillPerMinute: 0 };

function keeper(rule: LimitRule = RULE): Limiter {
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  const store = new MemoryLimitStore();
  return new Limiter({ target: "meta", store, configured: rule, times, nowMs: NOW });
}

function asking(leaseId: string, more: Partial<PermitRequest> = {}): PermitRequest {
  const about = { target: "meta", holder: "edge", need: 0, want: 0 };
  return { ...about, leaseId, settlements: [], signals: [], ...more };
}

/** As a shard does it, at one moment and without losses. */
function permit(sublease: Sublease, limiter: Limiter, request: PermitRequest, nowMs = NOW) {
  sublease.settle(request, nowMs);
  const answer = sublease.answer(request, nowMs);
  const sent = answer ? sublease.renewal(nowMs) : sublease.request(request, nowMs);
  if (sent === undefined) return answer;
  const asked = answer === undefined ? request : undefined;
  const told = sublease.answered(asked, sent, limiter.ask(sent, nowMs), nowMs, nowMs);
  return answer ?? told;
}

test("a shard that was evicted does not get the leases of its earlier life back", () => {
  const limiter = keeper();
  const granted = { kind: "granted", permits: 60 };
  const first = new Sublease("meta", "shard-1");
  expect(permit(first, limiter, asking("a", { need: 60 }))).toMatchObject(granted);
  const second = new Sublease("meta", "shard-1");
  const denied = permit(second, limiter, asking("b", { need: 60 }), NOW + 1);
  expect(denied).toMatchObject({ kind: "denied", reason: "empty" });
  expect(limiter.view(NOW + 1)).toMatchObject({ available: 40, outstanding: 60 });
});

test("who only renews or settles is told that it is closed, and what is here goes back", () => {
  const limiter = keeper();
  const sublease = new Sublease("meta", "shard-1");
  permit(sublease, limiter, asking("a", { need: 10 }));
  const signals = [{ status: 429, isLimited: true, retryAfterMs: 60_000 }];
  permit(sublease, limiter, asking("b", { signals }));
  expect(limiter.view(NOW)?.blockedUntil).toBe(NOW + 60_000);
  for (const request of [asking("c"), asking("d", { want: 5 })]) {
    const told = permit(sublease, limiter, request, NOW + 100);
    expect(told).toMatchObject({ kind: "settled" });
    expect(told?.kind === "settled" && told.closedMs).toBeGreaterThan(0);
  }
  const denied = permit(sublease, limiter, asking("e", { need: 1 }), NOW + 200);
  expect(denied).toMatchObject({ kind: "denied", reason: "closed" });
  expect(limiter.view(NOW)).toMatchObject({ available: 0, outstanding: 10 });
});

test("what comes back goes to the next holder of the shard, or to the bucket", () => {
  const limiter = keeper();
  const sublease = new Sublease("meta", "shard-1");
  permit(sublease, limiter, asking("a", { need: 100 }));
  const settlements = [{ leaseId: "a", spent: 30, returned: 70 }];
  const next = permit(sublease, limiter, asking("b", { need: 40, settlements }));
  expect(next).toMatchObject({ kind: "granted", permits: 40 });
  const rest = [{ leaseId: "b", spent: 0, returned: 40 }];
  permit(sublease, limiter, asking("c", { settlements: rest }), NOW + 9_000);
  permit(sublease, limiter, asking("d"), NOW + 10_001);
  const view = limiter.view(NOW + 10_001);
  expect(view).toMatchObject({ returned: 70 });
  // It goes on as it went: some are leased ahead again.
  expect((view?.available ?? 0) + (view?.outstanding ?? 0)).toBe(70);
});

test("what holders of one lease give back is counted once, however often they say it", () => {
  const limiter = keeper();
  const sublease = new Sublease("meta", "shard-1");
  permit(sublease, limiter, asking("a", { need: 40 }));
  const settlements = [{ leaseId: "a", spent: 0, returned: 40 }];
  permit(sublease, limiter, asking("b", { need: 20, settlements }));
  permit(sublease, limiter, asking("c", { need: 20 }));
  for (const [i, returned] of [1, 2, 2, 3].entries()) {
    const told = [{ leaseId: "b", spent: 10, returned }];
    // The bucket is not told more often than 20 times a second.
    permit(sublease, limiter, asking("d", { settlements: told }), NOW + 50 * (i + 1));
  }
  // 3 came back; 20 are still with c, and 7 with b.
  const { available = 0, outstanding = 0 } = limiter.view(NOW) ?? {};
  expect(available + outstanding).toBe(90);
  limiter.take({ permits: available }, NOW);
  let more = 0;
  while (permit(sublease, limiter, asking(`e${more}`, { need: 1 }))?.kind === "granted") more += 1;
  expect(more).toBe(outstanding - 20 - 7);
});

test("a lease that is leased on never outlives the one that it is a part of", () => {
  const limiter = keeper();
  const sublease = new Sublease("meta", "shard-1");
  permit(sublease, limiter, asking("a", { need: 20 }));
  const settlements = [{ leaseId: "a", spent: 0, returned: 20 }];
  const late = permit(sublease, limiter, asking("b", { need: 20, settlements }), NOW + 7_500);
  expect(late).toMatchObject({ kind: "granted", permits: 20, lifeMs: 2_500 });
  const again = permit(sublease, limiter, asking("b", { need: 20 }), NOW + 8_500);
  expect(again).toMatchObject({ kind: "granted", permits: 20, lifeMs: 1_500 });
});

test("who asks for a place in the line gets it from the bucket", () => {
  const limiter = keeper({ capacity: 10, refillPerMinute: 60 });
  const sublease = new Sublease("meta", "shard-1");
  permit(sublease, limiter, asking("a", { need: 10 }));
  const line = { sharedBy: 1 };
  const settlements = [{ leaseId: "a", spent: 10, returned: 0 }];
  const first = permit(sublease, limiter, asking("b", { need: 1, line, settlements }));
  const second = permit(sublease, limiter, asking("c", { need: 1, line }));
  expect(first).toMatchObject({ kind: "denied", retryAfterMs: 1_000 });
  expect(second).toMatchObject({ kind: "denied", retryAfterMs: 2_000 });
  const places = first?.kind === "denied" && first.place !== null ? [first.place] : [];
  expect(permit(sublease, limiter, asking("d", { need: 1, places }), NOW + 1_000)).toMatchObject({
    kind: "granted",
  });
});

test("a bucket that does not answer gets back what it may have given, with the next request", () => {
  const limiter = keeper();
  const sublease = new Sublease("meta", "shard-1");
  const asked = asking("a", { need: 50 });
  expect(sublease.answer(asked, NOW)).toBeUndefined();
  const sent = sublease.request(asked, NOW);
  limiter.ask(sent, NOW);
  sublease.lost(sent, NOW + 2_000);
  expect(limiter.view(NOW)).toMatchObject({ available: 50, outstanding: 50 });
  permit(sublease, limiter, asking("b", { need: 100 }), NOW + 2_100);
  expect(limiter.view(NOW + 2_100)).toMatchObject({ available: 0, outstanding: 100 });
});
