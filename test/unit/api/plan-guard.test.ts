import { describe, expect, it } from "vitest";
import { PlanGuard, type PlanDecision } from "../../../src/api/plan-guard.ts";
import { untouchedView } from "../../../src/limits/project-view.ts";
import { MAX_PERMITS, type PermitAnswer, type PermitRequest } from "../../../src/wire/permits.ts";

const RULE = { capacity: 100, refillPerMinute: 100 };
const START = 1_795_190_000_000;

/** A guard, its clock, and a bucket that is told what to answer and remembers what it was asked. */
class World {
  nowMs = START;
  available = 90;
  answer: (request: PermitRequest) => PermitAnswer | Error = ({ target, need, want }) => ({
    kind: "granted",
    target,
    permits: need + want,
    lifeMs: 10_000,
  });
  readonly asked: PermitRequest[] = [];
  readonly behind: Promise<void>[] = [];
  readonly guard = new PlanGuard("api.free", RULE, "entry-1", START);

  admit(): Promise<PlanDecision> {
    return this.guard.admit({
      bucket: () => ({
        permit: async (text) => {
          const request: PermitRequest = JSON.parse(text);
          this.asked.push(request);
          const answer = this.answer(request);
          if (answer instanceof Error) throw answer;
          return JSON.stringify(answer);
        },
        limit: async () => ({ ...untouchedView("api.free", RULE), available: this.available }),
      }),
      now: () => this.nowMs,
      keepAlive: (promise) => this.behind.push(promise),
    });
  }

  /** Admits at a steady pace, and lets what rides behind arrive. */
  async steadily(requests: number, everyMs: number): Promise<PlanDecision[]> {
    const decisions: PlanDecision[] = [];
    for (let i = 0; i < requests; i++) {
      decisions.push(await this.admit());
      await Promise.all(this.behind.splice(0));
      this.nowMs += everyMs;
    }
    return decisions;
  }
}

const denied = (target: string, retryAfterMs: number): PermitAnswer => ({
  kind: "denied",
  target,
  reason: "empty",
  detail: "No permit is left.",
  retryAfterMs,
  place: null,
});

describe("PlanGuard", () => {
  it("asks for the first permit, and tells later that it was used", async () => {
    const world = new World();
    expect(await world.admit()).toEqual({ kind: "admitted" });
    world.nowMs += 5_000;
    await world.steadily(2, 1_500);
    const [first, ...later] = world.asked;
    expect(first).toMatchObject({ target: "api.free", holder: "entry-1", need: 1 });
    const settlement = { leaseId: first?.leaseId, spent: 1 };
    expect(later.flatMap(({ settlements }) => settlements)).toContainEqual(
      expect.objectContaining(settlement),
    );
  });

  it("renews behind the requests, which then need not wait", async () => {
    const world = new World();
    const decisions = await world.steadily(300, 20);
    expect(new Set(decisions.map(({ kind }) => kind))).toEqual(new Set(["admitted"]));
    const waitedFor = world.asked.filter(({ need }) => need === 1);
    const renewals = world.asked.filter(({ need }) => need === 0);
    expect(waitedFor.length).toBeLessThan(15);
    expect(renewals.length).toBeGreaterThan(3);
    // Six seconds: a few tellings a second at most.
    expect(world.asked.length).toBeLessThan(30);
  });

  it("of a burst one asks in advance, and who is denied takes what that brought", async () => {
    const world = new World();
    await world.steadily(60, 10);
    world.nowMs += 1_500;
    const before = world.asked.length;
    let granted = false;
    world.answer = ({ target, need, want }) => {
      if (granted) return denied(target, 600);
      granted = true;
      return { kind: "granted", target, permits: need + want + 20, lifeMs: 10_000 };
    };
    const decisions = await Promise.all(Array.from({ length: 40 }, () => world.admit()));
    await Promise.all(world.behind.splice(0));
    const wishes = world.asked.slice(before).filter(({ want }) => want > 0);
    expect(wishes).toHaveLength(1);
    const kinds = decisions.map(({ kind }) => kind);
    expect(kinds).toContain("admitted");
    // Nobody was sent away while there was something to take.
    expect(world.guard.rateLimit({ kind: "admitted" }, world.nowMs).available).toBe(90);
  });

  it("believes a denial for a while, and shows that nothing is there", async () => {
    const world = new World();
    world.available = 0;
    world.answer = ({ target }) => denied(target, 600);
    const first = await world.admit();
    expect(first).toEqual({ kind: "denied", retryAfterMs: 600 });
    world.nowMs += 599;
    const second = await world.admit();
    expect(second).toEqual({ kind: "denied", retryAfterMs: 1 });
    expect(world.asked).toHaveLength(1);
    // Another second's refill is there for whoever asks next, but not for this one.
    world.nowMs += 1_000;
    expect(world.guard.rateLimit(second, world.nowMs)).toMatchObject({ available: 0, nextMs: 1 });
    expect(world.guard.rateLimit({ kind: "admitted" }, world.nowMs).available).toBe(2);
    world.answer = ({ target }) => ({ kind: "granted", target, permits: 1, lifeMs: 10_000 });
    expect(await world.admit()).toEqual({ kind: "admitted" });
  });

  it("shows the bucket as it was seen last, with what is leased and what came back", async () => {
    const world = new World();
    const untouched = world.guard.rateLimit({ kind: "admitted" }, START);
    expect(untouched).toEqual({
      policy: "api",
      ...RULE,
      available: 100,
      resetMs: 0,
      nextMs: null,
    });
    const decision = await world.admit();
    expect(world.guard.rateLimit(decision, START).available).toBeGreaterThanOrEqual(90);
    const limit = world.guard.rateLimit(decision, START + 3_000);
    expect(limit.available).toBeGreaterThanOrEqual(95);
    expect(limit.resetMs).toBe((100 - limit.available) * 600);
    expect(limit.nextMs).toBe(600);
    expect(world.guard.rateLimit(decision, START + 60_000).available).toBe(100);
  });

  it("lets through what it cannot ask for, and gives back what it may have been given", async () => {
    const world = new World();
    const { answer } = world;
    world.answer = () => new Error("the line is dead");
    expect(await world.admit()).toMatchObject({ kind: "unreached", cause: expect.any(Error) });
    expect((await world.admit()).kind).toBe("unreached");
    expect(world.asked).toHaveLength(1);
    world.answer = answer;
    world.nowMs += 1_000;
    expect(await world.admit()).toEqual({ kind: "admitted" });
    const lost = { leaseId: world.asked[0]?.leaseId, spent: 0, returned: MAX_PERMITS };
    expect(world.asked[1]?.settlements).toEqual([lost]);
  });

  it("a failure that the bucket tells of counts as one, and a clock set back ends the pause", async () => {
    const world = new World();
    const { answer } = world;
    world.answer = ({ target }) => ({
      kind: "failed",
      target,
      reason: "unavailable",
      detail: "storage is full",
    });
    const decision = await world.admit();
    expect(decision).toMatchObject({ kind: "unreached", cause: new Error("storage is full") });
    expect((await world.admit()).kind).toBe("unreached");
    expect(world.asked).toHaveLength(1);
    world.answer = answer;
    world.nowMs -= 3_600_000;
    expect(await world.admit()).toEqual({ kind: "admitted" });
  });
});
