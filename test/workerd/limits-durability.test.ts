import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import type { LimitRule } from "../../src/limits/limit-rule.ts";
import type { LimitView } from "../../src/wire/permits.ts";
import type { TimingShard } from "../../src/worker.ts";
import { TrueBucket } from "../support/limits/true-bucket.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import { evict, moveClock, shardOf, stopClock } from "./api.ts";
import { ask, newLeaseId, viewOf } from "./limit-calls.ts";

const TENANT = "limits";
const { leaseMs, marginMs } = config.leases;

let number = 0;
/** The shard of a bucket that nobody has used: meta has 200 permits, and 10 a minute. */
let shard: DurableObjectStub<TimingShard>;

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  number += 1;
  shard = shardOf(`${TENANT}-${number}`, "meta");
});

async function take(permits: number): Promise<string> {
  using answer = await shard.takePermits({ permits });
  const outcome = answer?.outcome;
  return outcome?.kind === "denied" ? outcome.reason : (outcome?.kind ?? "unlimited");
}

async function viewAfterEviction(): Promise<LimitView> {
  await evict(shard);
  return viewOf(shard);
}

interface Held {
  readonly id: string;
  readonly permits: number;
  used: number;
  readonly expiresAt: number;
}

/** Random steps with an eviction between any two; a {@link TrueBucket} pays for each use. */
class Run {
  readonly #random: Random;
  readonly #shard: DurableObjectStub<TimingShard>;
  readonly #rule: LimitRule;
  readonly #bucket: TrueBucket;
  #held: Held[] = [];
  #granted = 0;
  uses = 0;

  constructor(random: Random, stub: DurableObjectStub<TimingShard>, rule: LimitRule) {
    this.#random = random;
    this.#shard = stub;
    this.#rule = rule;
    this.#bucket = new TrueBucket(rule, Date.now());
  }

  /** @param mayClose - whether the platform may say something: what the bucket holds is lost then. */
  async step(mayClose: boolean): Promise<void> {
    moveClock(this.#random.pick([0, 0, 3, 70, 400, this.#random.integer(0, 9_000)]));
    const choice = this.#random.integer(0, 11);
    if (choice <= 1) await this.#take(this.#random.integer(1, 12));
    else if (choice === 2) await this.#takeMany();
    else if (choice <= 4) await this.#ask();
    else if (choice === 5) await this.#lease();
    else if (choice <= 8) this.#useSome();
    else if (choice === 9) await this.#settle();
    else if (choice === 10) await this.#burst();
    else if (mayClose && this.#random.next() < 0.2) await this.#signal();
    if (this.#random.next() < 0.5) await this.#evict();
  }

  /** Nothing that an object forgets may be to the advantage of anybody. */
  async #evict(): Promise<void> {
    const before = await viewOf(this.#shard);
    await evict(this.#shard);
    const after = await viewOf(this.#shard);
    expect(after.available).toBeLessThanOrEqual(before.available);
    expect(after.available + after.outstanding).toBeLessThanOrEqual(this.#rule.capacity);
    expect(after.granted).toBeGreaterThanOrEqual(this.#granted);
    expect(after.returned).toBeLessThanOrEqual(before.returned);
    const { capacity, refillPerMinute, blockedUntil, blockedReason, isOverridden } = before;
    const kept = { capacity, refillPerMinute, blockedUntil, blockedReason, isOverridden };
    expect(after).toMatchObject(kept);
  }

  async #take(permits: number): Promise<boolean> {
    const before = await viewOf(this.#shard);
    using answer = await this.#shard.takePermits({ permits });
    if (answer?.outcome.kind !== "granted") {
      const { available } = await viewOf(this.#shard);
      expect(available).toBeLessThanOrEqual(before.available);
      return false;
    }
    this.#granted += permits;
    this.#use(permits);
    return true;
  }

  /** So many at once that they are granted from a reserve. */
  async #takeMany(): Promise<void> {
    const takes = Array.from({ length: 40 }, () => this.#take(1));
    await Promise.all(takes);
  }

  /** All that there is: only then does one permit too many show. */
  async #burst(): Promise<void> {
    const nowMs = Date.now();
    for (const held of this.#held.filter(({ expiresAt }) => nowMs < expiresAt)) {
      this.#use(held.permits - held.used);
      held.used = held.permits;
    }
    const { available } = await viewOf(this.#shard);
    if (available > 0) await this.#take(available);
  }

  async #ask(): Promise<void> {
    const leaseId = newLeaseId();
    const wishes = { need: this.#random.integer(0, 5), want: this.#random.integer(0, 30) };
    const askedAt = Date.now();
    const answer = await ask(this.#shard, { leaseId, ...wishes });
    if (answer.kind !== "granted") return;
    const { permits, lifeMs } = answer;
    this.#granted += permits;
    // One answer in ten is lost.
    if (this.#random.next() < 0.1) return;
    this.#held.push({ id: leaseId, permits, used: 0, expiresAt: askedAt + lifeMs });
  }

  async #lease(): Promise<void> {
    const id = newLeaseId("http");
    const permits = this.#random.integer(1, 20);
    const holder = `http-${this.#random.integer(1, 3)}`;
    using answer = await this.#shard.leasePermits({ holder, permits, newLeaseId: id });
    if (answer?.outcome.kind !== "granted") return;
    this.#granted += answer.outcome.permits;
    this.#held.push({ id, ...answer.outcome, used: 0 });
  }

  #useSome(): void {
    const inTime = this.#held.filter(({ expiresAt }) => Date.now() < expiresAt);
    if (inTime.length === 0) return;
    const held = this.#random.pick(inTime);
    const permits = this.#random.integer(0, held.permits - held.used);
    held.used += permits;
    this.#use(permits);
  }

  /** Gives back what was not used: it is not used any more, whatever becomes of the request. */
  async #settle(): Promise<void> {
    const settlements = this.#held.map(({ id, permits, used }) => ({
      leaseId: id,
      spent: used,
      returned: permits - used,
    }));
    this.#held = [];
    await ask(this.#shard, { settlements: settlements.slice(-64) });
    // Word for word again, as after a lost answer.
    if (this.#random.next() < 0.3) {
      const before = await viewOf(this.#shard);
      await ask(this.#shard, { settlements: settlements.slice(-64) });
      expect(await viewOf(this.#shard)).toEqual(before);
    }
  }

  async #signal(): Promise<void> {
    const isLimited = this.#random.next() < 0.7;
    const retryAfterMs = this.#random.integer(0, 5_000);
    const status = isLimited ? 429 : 200;
    using _ = await this.#shard.feedback({ status, isLimited, retryAfterMs, usedPercent: 90 });
  }

  #use(permits: number): void {
    if (permits === 0) return;
    this.uses += permits;
    this.#bucket.use(permits, Date.now());
  }
}

test("an eviction between any two steps gives nobody a permit more", async () => {
  const seed = seedOf("limits durability", env.TEST_SEED);
  let uses = 0;
  for (const [index, rule] of [
    { capacity: 200, refillPerMinute: 10 },
    { capacity: 400, refillPerMinute: 6_000 },
    { capacity: 15, refillPerMinute: 600 },
  ].entries()) {
    const stub = shardOf(`${TENANT}-random-${index}`, "meta");
    using _ = await stub.setLimit(rule);
    const run = new Run(new Random(seed + index), stub, rule);
    for (let step = 0; step < 120; step++) await run.step(step >= 60);
    uses += run.uses;
    moveClock(leaseMs + marginMs + 400_000 + (rule.capacity / rule.refillPerMinute) * 60_000);
    expect(await viewOf(stub)).toMatchObject({
      available: rule.capacity,
      outstanding: 0,
      blockedUntil: null,
      refillRate: 1,
    });
  }
  // Runs in which little is used prove little.
  expect(uses).toBeGreaterThan(600);
});

test("where grants are few, an eviction costs nothing at all", async () => {
  for (let i = 0; i < 20; i++) {
    expect(await take(3)).toBe("granted");
    moveClock(300);
    const before = await viewOf(shard);
    expect(await viewAfterEviction()).toEqual(before);
  }
});

test("where they are many, it costs at most a twentieth of the bucket, for a while", async () => {
  using _ = await shard.setLimit({ capacity: 400, refillPerMinute: 0 });
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => take(1)));
  expect(outcomes.filter((kind) => kind === "granted")).toHaveLength(100);
  expect(await viewOf(shard)).toMatchObject({ available: 300, outstanding: 0 });
  const { available, outstanding, granted } = await viewAfterEviction();
  // What was reserved and granted is gone, what was reserved and not granted counts as leased.
  expect(available).toBeLessThanOrEqual(300);
  expect(available).toBeGreaterThanOrEqual(280);
  expect(available + outstanding).toBeGreaterThanOrEqual(300);
  expect(granted).toBeGreaterThanOrEqual(100);
  moveClock(leaseMs + marginMs + 2_000);
  expect(await viewOf(shard)).toMatchObject({ available, outstanding: 0 });
});

test("a lease outlives an eviction, is settled after it, and can be asked for again", async () => {
  const leaseId = newLeaseId();
  const granted = await ask(shard, { leaseId, need: 15 });
  expect(granted).toMatchObject({ kind: "granted", permits: 15, lifeMs: leaseMs });
  expect(await viewAfterEviction()).toMatchObject({ available: 185, outstanding: 15 });
  moveClock(1_000);
  // The same request again, for a holder that did not get the answer: the same lease.
  const again = await ask(shard, { leaseId, need: 15 });
  expect(again).toMatchObject({ kind: "granted", permits: 15, lifeMs: leaseMs - 1_000 });
  const settlements = [{ leaseId, spent: 7, returned: 8 }];
  await ask(shard, { settlements });
  expect(await viewOf(shard)).toMatchObject({ available: 193, outstanding: 0, returned: 8 });
});

test("what is settled stays settled", async () => {
  const leaseId = newLeaseId();
  await ask(shard, { leaseId, need: 15 });
  moveClock(2_000);
  const settlements = [{ leaseId, spent: 7, returned: 8 }];
  await ask(shard, { settlements });
  expect(await viewAfterEviction()).toMatchObject({ available: 193, outstanding: 0, returned: 8 });
  await ask(shard, { settlements });
  await ask(shard, { settlements: [{ leaseId, spent: 0, returned: 15 }] });
  expect(await viewAfterEviction()).toMatchObject({ available: 193, outstanding: 0, returned: 8 });
});

test("a settlement that an eviction takes away can be told again, and counts once", async () => {
  const leaseId = newLeaseId();
  await ask(shard, { leaseId, need: 15 });
  const settlements = [{ leaseId, spent: 7, returned: 8 }];
  await ask(shard, { settlements });
  // It came within a second after the grant was saved: until the next save it is in memory.
  const { available, outstanding } = await viewAfterEviction();
  expect(available + outstanding).toBeLessThanOrEqual(200);
  expect(available).toBeLessThanOrEqual(193);
  await ask(shard, { settlements });
  expect(await viewOf(shard)).toMatchObject({ available: 193, outstanding: 0, returned: 8 });
});

test("a lease that nobody settles expires at its time, evicted or not, and counts as used", async () => {
  await ask(shard, { need: 15 });
  moveClock(leaseMs + marginMs - 1);
  expect(await viewAfterEviction()).toMatchObject({ outstanding: 15, expired: 0 });
  moveClock(1);
  expect(await viewAfterEviction()).toMatchObject({ outstanding: 0, expired: 15 });
  // Of 15 permits none comes back, and while they were out there was no room for more.
  expect((await viewOf(shard)).available).toBe(185);
});

test("an override outlives an eviction, and so does going back from it", async () => {
  await take(150);
  using raised = await shard.setLimit({ capacity: 300, refillPerMinute: 60 });
  expect(raised).toMatchObject({ capacity: 300, available: 150, isOverridden: true });
  const overridden = { capacity: 300, refillPerMinute: 60, available: 150, isOverridden: true };
  expect(await viewAfterEviction()).toMatchObject(overridden);
  using back = await shard.setLimit(null);
  expect(back).toMatchObject({ capacity: 200, refillPerMinute: 10, isOverridden: false });
  const { available, isOverridden } = await viewAfterEviction();
  expect({ available, isOverridden }).toEqual({ available: back?.available, isOverridden: false });
  expect(available).toBeLessThanOrEqual(150);
});

test("a target without a limit gets one at run time, keeps it, and loses it again", async () => {
  const free = shardOf(`${TENANT}-free`, "d1");
  expect(await free.limit()).toBeNull();
  expect(await ask(free, { target: "d1", need: 1 })).toEqual({ kind: "unlimited", target: "d1" });
  using _ = await free.setLimit({ capacity: 2, refillPerMinute: 0 });
  await evict(free);
  expect(await ask(free, { target: "d1", need: 2 })).toMatchObject({ kind: "granted" });
  expect(await ask(free, { target: "d1", need: 1 })).toMatchObject({ kind: "denied" });
  expect(await free.setLimit(null)).toBeNull();
  await evict(free);
  expect(await free.limit()).toBeNull();
});

test("a closure outlives an eviction, with its reason, and so does the ramp after it", async () => {
  // Saved with the grant: a closure right after it must not wait for the next save.
  await take(1);
  using _ = await shard.feedback({ status: 429, isLimited: true, retryAfterMs: 60_000, code: 4 });
  const before = await viewOf(shard);
  expect(before).toMatchObject({
    available: 0,
    blockedUntil: Date.now() + 60_000,
    blockedReason: "the platform answered 429 with code 4 and asked to wait for 60 s",
    refillRate: 0,
  });
  expect(await viewAfterEviction()).toEqual(before);
  moveClock(59_999);
  expect(await viewAfterEviction()).toMatchObject({ available: 0, refillRate: 0 });
  expect(await take(1)).toBe("closed");
  moveClock(30_001);
  const half = await viewAfterEviction();
  expect(half).toMatchObject({ blockedUntil: null, refillRate: 0.55 });
  expect(half.blockedReason).toBe(before.blockedReason);
});

test("who waits in the line keeps the place through an eviction", async () => {
  using _ = await shard.setLimit({ capacity: 10, refillPerMinute: 60 });
  await take(10);
  moveClock(1_000);
  await take(1);
  const line = { sharedBy: 1 };
  const denied = await ask(shard, { need: 1, line });
  if (denied.kind !== "denied" || denied.place === null) throw new Error("no place was given");
  // Places are saved within a second, with whatever comes next.
  moveClock(1_100);
  await ask(shard);
  expect(await viewAfterEviction()).toMatchObject({ waiting: 1 });
  expect(await take(1)).not.toBe("granted");
  moveClock(denied.retryAfterMs);
  const turn = await ask(shard, { need: 1, places: [denied.place] });
  expect(turn).toMatchObject({ kind: "granted" });
  expect(await viewOf(shard)).toMatchObject({ waiting: 0 });
});
