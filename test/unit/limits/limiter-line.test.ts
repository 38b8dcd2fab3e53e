import { expect, test } from "vitest";
import type { TakeOutcome } from "../../../src/limits/limit-requests.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const TIMES = { leaseMs: 10_000, marginMs: 5_000 };
const LINE = { sharedBy: 1 };

function open(capacity: number, refillPerMinute: number): Limiter {
  const configured = { capacity, refillPerMinute };
  const store = new MemoryLimitStore();
  return new Limiter({ target: "meta", store, configured, times: TIMES, nowMs: NOW });
}

function waiter(outcome: TakeOutcome | undefined): { at: number; place: string } {
  if (outcome?.kind !== "denied" || outcome.place === null) throw new Error("there is no place");
  return { at: outcome.retryAfterMs, place: outcome.place };
}

test("who comes back exactly when it was told is granted, and a newcomer in between is not", () => {
  const limiter = open(1, 60);
  limiter.take({ permits: 1 }, NOW);
  const nowMs = NOW + 34;
  const { at, place } = waiter(limiter.take({ permits: 1, line: LINE }, nowMs));
  for (const ms of [500, 966, at]) {
    const newcomer = limiter.take({ permits: 1 }, nowMs + ms);
    expect(newcomer).toMatchObject({ kind: "denied", reason: "line" });
  }
  expect(limiter.take({ permits: 1, places: [place] }, nowMs + at)?.kind).toBe("granted");
  expect(limiter.take({ permits: 1, places: [place] }, nowMs + at)?.kind).toBe("denied");
});

test("who comes a little too early keeps its turn", () => {
  const limiter = open(1, 60);
  limiter.take({ permits: 1 }, NOW);
  const first = waiter(limiter.take({ permits: 1, line: LINE }, NOW));
  for (let i = 0; i < 10; i += 1) limiter.take({ permits: 1, line: LINE }, NOW);
  const early = NOW + first.at - 5;
  const again = waiter(limiter.take({ permits: 1, line: LINE, places: [first.place] }, early));
  expect(again.at).toBeLessThanOrEqual(1_005);
  const places = [again.place];
  expect(limiter.take({ permits: 1, places }, early + again.at)?.kind).toBe("granted");
});

test("those who wait are spread as the permits come, a second each", () => {
  const limiter = open(10, 60);
  limiter.take({ permits: 10 }, NOW);
  const waiters = Array.from({ length: 20 }, () =>
    waiter(limiter.take({ permits: 1, line: LINE }, NOW)),
  );
  expect(waiters.map(({ at }) => at)).toEqual(waiters.map((_, i) => (i + 1) * 1_000));
  expect(limiter.view(NOW)?.waiting).toBe(20);
  for (const { at, place } of waiters) {
    expect(limiter.take({ permits: 1, places: [place] }, NOW + at)?.kind).toBe("granted");
  }
  expect(limiter.view(NOW + 20_000)?.waiting).toBe(0);
});

test("a hundred who share one permit wait for one, and one of them brings all the places", () => {
  const limiter = open(1, 60);
  limiter.take({ permits: 1 }, NOW);
  const waiters = Array.from({ length: 100 }, () =>
    waiter(limiter.take({ permits: 1, line: { sharedBy: 100 } }, NOW)),
  );
  expect(Math.max(...waiters.map(({ at }) => at))).toBeLessThanOrEqual(2_000);
  expect(limiter.view(NOW)?.waiting).toBe(1);
  const places = waiters.map(({ place }) => place);
  expect(limiter.take({ permits: 1, places }, NOW + 2_000)?.kind).toBe("granted");
  expect(limiter.view(NOW + 2_000)?.waiting).toBe(0);
});

test("places that nobody redeems leave their permits to newcomers", () => {
  const limiter = open(5, 60);
  limiter.take({ permits: 5 }, NOW);
  for (let i = 0; i < 5; i += 1) limiter.take({ permits: 1, line: LINE }, NOW);
  expect(limiter.take({ permits: 5 }, NOW + 10_000)?.kind).toBe("denied");
  expect(limiter.take({ permits: 5 }, NOW + 70_000)?.kind).toBe("granted");
});

test("what comes back while others wait is there for newcomers: nobody counts on it", () => {
  const limiter = open(10, 60);
  limiter.ask(
    {
      target: "meta",
      holder: "a",
      leaseId: "a.1",
      need: 10,
      want: 0,
      settlements: [],
      signals: [],
    },
    NOW,
  );
  limiter.take({ permits: 1, line: LINE }, NOW);
  const settlements = [{ leaseId: "a.1", spent: 6, returned: 4 }];
  limiter.ask(
    { target: "meta", holder: "a", leaseId: "a.2", need: 0, want: 0, settlements, signals: [] },
    NOW + 10,
  );
  expect(limiter.take({ permits: 4 }, NOW + 10)?.kind).toBe("granted");
  expect(limiter.take({ permits: 1 }, NOW + 1_000)?.kind).toBe("denied");
});

test("a closure takes what came back: newcomers do not overtake when it opens again", () => {
  const limiter = open(10, 600);
  const ask = { target: "meta", holder: "a", want: 0, settlements: [], signals: [] };
  limiter.ask({ ...ask, leaseId: "a.1", need: 10 }, NOW);
  for (let i = 0; i < 3; i += 1) limiter.take({ permits: 1, line: LINE }, NOW);
  const settlements = [{ leaseId: "a.1", spent: 0, returned: 10 }];
  limiter.ask({ ...ask, leaseId: "a.2", need: 0, settlements }, NOW);
  limiter.feedback({ status: 429, isLimited: true, retryAfterMs: 1_000 }, NOW);
  const last = waiter(limiter.take({ permits: 3, line: LINE }, NOW));
  const soon = NOW + last.at - 1_000;
  let overtaken = 0;
  while (limiter.take({ permits: 1 }, soon)?.kind === "granted") overtaken += 1;
  expect(overtaken).toBeLessThanOrEqual(1);
});

test("a clock that was set back keeps nobody waiting for as long", () => {
  const limiter = open(1, 60);
  limiter.take({ permits: 1 }, NOW);
  limiter.take({ permits: 1, line: LINE }, NOW);
  limiter.feedback({ status: 200, isLimited: false, usedPercent: 95 }, NOW);
  const back = NOW - 3 * 3_600_000;
  expect(limiter.view(back)).toMatchObject({ waiting: 0, refillRate: 0.25 });
  expect(limiter.take({ permits: 1 }, back + 4_000)?.kind).toBe("granted");
});

test("whoever comes in time is granted, whatever newcomers do: 300 random lines", () => {
  const random = new Random(seedOf("line", process.env["SEED"]));
  for (let world = 0; world < 300; world += 1) standInLine(random);
});

/** Demand far above the limit: some wait for their place's time, others just try again and again. */
function standInLine(random: Random): void {
  // Places are whole seconds: those of one second fit in the bucket, with what is leased beside.
  const capacity = random.integer(25, 40);
  const limiter = open(capacity, random.pick([60, 300, 600]));
  const waiting: { at: number; place: string; permits: number }[] = [];
  let leased: { leaseId: string; returned: number }[] = [];
  for (let nowMs = NOW, step = 0; step < 400; step += 1) {
    nowMs += random.integer(0, 300);
    for (const one of waiting.filter(({ at }) => at <= nowMs)) {
      waiting.splice(waiting.indexOf(one), 1);
      // One in ten does not come.
      if (random.next() < 0.1) continue;
      const { permits, place } = one;
      const outcome = limiter.take({ permits, places: [place] }, nowMs);
      if (outcome?.kind === "granted") continue;
      throw new Error(
        `step ${step}: ${nowMs - one.at} ms after its time: ${JSON.stringify(outcome)}`,
      );
    }
    const permits = random.integer(1, Math.min(3, capacity));
    const outcome = limiter.take({ permits, line: random.next() < 0.3 ? LINE : undefined }, nowMs);
    if (outcome?.kind === "denied" && outcome.place !== null) {
      waiting.push({ at: nowMs + outcome.retryAfterMs, place: outcome.place, permits });
    }
    leased = lease(limiter, random, leased, step, nowMs);
  }
}

function lease(
  limiter: Limiter,
  random: Random,
  leased: { leaseId: string; returned: number }[],
  step: number,
  nowMs: number,
): { leaseId: string; returned: number }[] {
  const leaseId = `a.${step}`;
  const settlements = leased.map((one) => ({ ...one, spent: 0 }));
  const about = { target: "meta", holder: "a", leaseId, want: 0, signals: [], settlements };
  const answer = limiter.ask({ ...about, need: random.integer(0, 1) }, nowMs);
  return answer.kind === "granted" ? [{ leaseId, returned: answer.permits }] : [];
}
