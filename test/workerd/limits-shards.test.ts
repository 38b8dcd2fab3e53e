import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import { LeaseHolder } from "../../src/limits/lease-holder.ts";
import { askShard } from "../../src/wire/permit-message.ts";
import type { TimingShard } from "../../src/worker.ts";
import { TrueBucket } from "../support/limits/true-bucket.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import { evict, moveClock, shardOf, stopClock, until } from "./api.ts";
import { ask, newLeaseId, viewOf } from "./limit-calls.ts";

const { leaseMs, marginMs } = config.leases;

let number = 0;
let keeper: DurableObjectStub<TimingShard>;
let others: readonly DurableObjectStub<TimingShard>[];

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  number += 1;
  const [zero, ...rest] = [0, 1, 2].map((k) => shardOf(`shards-${number}`, "meta", k));
  if (zero === undefined) throw new Error("there is no shard 0");
  keeper = zero;
  others = rest;
});
afterEach(() => vi.restoreAllMocks());

function otherShard(): DurableObjectStub<TimingShard> {
  const [shard] = others;
  if (shard === undefined) throw new Error("there is no shard 1");
  return shard;
}

/** Until what a shard told in the background has arrived. */
async function untilOutstanding(permits: number): Promise<void> {
  const what = `${permits} permits are outstanding`;
  await until(what, async () => (await viewOf(keeper)).outstanding === permits);
}

/** The same for permits that were used: neither here nor out. */
async function untilUsed(permits: number): Promise<void> {
  await until(`${permits} permits are used`, async () => {
    const { capacity, available, outstanding } = await viewOf(keeper);
    return capacity - available - outstanding === permits;
  });
}

test("holders of several shards share one bucket, to the last permit", async () => {
  const all = [keeper, ...others];
  const answers = await Promise.all(
    Array.from({ length: 260 }, async (_, index) => {
      const shard = all[index % all.length] ?? keeper;
      const answer = await ask(shard, { holder: `edge-${index}`, need: 1 });
      return { index, answer };
    }),
  );
  const granted = answers.filter(({ answer }) => answer.kind === "granted");
  expect(granted).toHaveLength(200);
  // Shards 1 and 2 have had their share.
  expect(granted.filter(({ index }) => index % 3 > 0).length).toBeGreaterThan(50);
  expect(await viewOf(keeper)).toMatchObject({ available: 0, outstanding: 200, granted: 200 });
  for (const { index, answer } of answers) {
    if (answer.kind !== "granted") expect(answer, String(index)).toMatchObject({ kind: "denied" });
  }
});

test("what is used and what comes back is told to the bucket, from every shard", async () => {
  const leases = await Promise.all(
    others.map(async (shard, index) => {
      const lease = { shard, leaseId: newLeaseId(), holder: `edge-${index}` };
      const answer = await ask(shard, { ...lease, need: 8 });
      expect(answer).toMatchObject({ kind: "granted", permits: 8, lifeMs: leaseMs });
      return lease;
    }),
  );
  expect(await viewOf(keeper)).toMatchObject({ available: 184, outstanding: 16 });
  for (const { shard, leaseId, holder } of leases) {
    const settlements = [{ leaseId, spent: 5, returned: 3 }];
    const answer = await ask(shard, { holder, settlements });
    expect(answer).toEqual({ kind: "settled", target: "meta", closedMs: 0 });
  }
  // What came back is kept for the next ones until the shard's own lease is over.
  await untilUsed(10);
  await untilOutstanding(6);
  moveClock(leaseMs);
  for (const shard of others) await ask(shard);
  await untilOutstanding(0);
  // Ten seconds bring 1.7.
  expect(await viewOf(keeper)).toMatchObject({ returned: 6, available: 191, expired: 0 });
});

test("a shard that was evicted loses permits only: they count as used", async () => {
  const shard = otherShard();
  const first = await ask(shard, { need: 15 });
  expect(first).toMatchObject({ kind: "granted", permits: 15 });
  await evict(shard);
  moveClock(5);
  // Its new life gets further permits, and never those of the earlier one again.
  expect(await ask(shard, { need: 10 })).toMatchObject({ kind: "granted", permits: 10 });
  expect(await viewOf(keeper)).toMatchObject({ available: 175, outstanding: 25, granted: 25 });
  const rest = await ask(shard, { need: 176 });
  expect(rest).toMatchObject({ kind: "denied", reason: "empty" });
  moveClock(leaseMs + marginMs);
  // Nobody settled the 25; while they were out there was no room for more than was there.
  expect(await viewOf(keeper)).toMatchObject({ outstanding: 0, expired: 25, available: 175 });
});

test("a bucket that is evicted knows what its shards have leased, and takes it back", async () => {
  const shard = otherShard();
  const leaseId = newLeaseId();
  await ask(shard, { leaseId, need: 10 });
  await evict(keeper);
  expect(await viewOf(keeper)).toMatchObject({ available: 190, outstanding: 10 });
  await ask(shard, { settlements: [{ leaseId, spent: 10, returned: 0 }] });
  await untilUsed(10);
  expect(await viewOf(keeper)).toMatchObject({ expired: 0, returned: 0 });
});

test("a signal that any shard hears closes the bucket for the holders of all of them", async () => {
  const [one, two] = others;
  if (one === undefined || two === undefined) throw new Error("there are no other shards");
  await ask(two, { need: 1 });
  const signals = [{ status: 429, isLimited: true, retryAfterMs: 60_000 }];
  await ask(one, { signals });
  await until("it is closed", async () => (await viewOf(keeper)).blockedUntil !== null);
  expect(await ask(one, { need: 1 })).toMatchObject({ kind: "denied", reason: "closed" });
  expect(await ask(keeper, { need: 1 })).toMatchObject({ kind: "denied", reason: "closed" });
  expect(await ask(two, { need: 1 })).toMatchObject({ kind: "denied", reason: "closed" });
  // From here on shard 2 knows it, and tells who only renews.
  const renewed = await ask(two, { want: 5 });
  expect(renewed).toMatchObject({ kind: "settled" });
  expect(renewed.kind === "settled" && renewed.closedMs).toBeGreaterThan(0);
});

test("while the bucket does not answer, its shards say so, and lose nothing but time", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const shard = otherShard();
  const rename = (from: string, to: string): Promise<void> =>
    runInDurableObject(keeper, (_, state) => {
      state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  await ask(shard, { need: 1 });
  await rename("bucket", "bucket_away");
  const failed = await ask(shard, { need: 50 });
  expect(failed).toMatchObject({ kind: "failed", target: "meta", reason: "unavailable" });
  await rename("bucket_away", "bucket");
  await evict(keeper);
  expect(await viewOf(keeper)).toMatchObject({ available: 199, outstanding: 1 });
  expect(await ask(shard, { need: 50 })).toMatchObject({ kind: "granted", permits: 50 });
});

test("a place in the line is the bucket's own, whichever shard it is asked through", async () => {
  using _ = await keeper.setLimit({ capacity: 10, refillPerMinute: 60 });
  using taken = await keeper.takePermits({ permits: 10 });
  expect(taken?.outcome.kind).toBe("granted");
  const line = { sharedBy: 1 };
  const waiting: { readonly place: string; readonly at: number }[] = [];
  for (const shard of [...others, keeper]) {
    const denied = await ask(shard, { need: 1, line });
    if (denied.kind !== "denied" || denied.place === null) throw new Error("no place was given");
    const { place, retryAfterMs } = denied;
    // One permit comes each second, and everybody is told another one.
    expect(retryAfterMs).toBeGreaterThanOrEqual(1_000 * (waiting.length + 1));
    expect(retryAfterMs).toBeLessThan(1_000 * (waiting.length + 2));
    waiting.push({ place, at: Date.now() + retryAfterMs });
  }
  expect(await viewOf(keeper)).toMatchObject({ waiting: 3 });
  for (const [index, shard] of [...others, keeper].entries()) {
    const { place = "", at = 0 } = waiting[index] ?? {};
    moveClock(at - Date.now());
    expect(await ask(shard, { need: 1, places: [place] })).toMatchObject({ kind: "granted" });
  }
  expect(await viewOf(keeper)).toMatchObject({ waiting: 0 });
});

/** Holders at several shards, evictions of any of them, and a bucket that pays for each use. */
class Run {
  uses = 0;
  readonly #random: Random;
  readonly #bucket: TrueBucket;
  readonly #shards = [keeper, ...others];
  readonly #holders = Array.from({ length: 6 }, (_, index) => ({
    holder: new LeaseHolder({ target: "meta", holder: `edge-${index}`, aheadMs: 2_000 }),
    shard: this.#shards[index % 3] ?? keeper,
  }));

  constructor(random: Random, bucket: TrueBucket) {
    this.#random = random;
    this.#bucket = bucket;
  }

  async step(): Promise<void> {
    moveClock(this.#random.pick([0, 1, 20, 300, this.#random.integer(0, 6_000)]));
    const { holder, shard } = this.#random.pick(this.#holders);
    for (let i = this.#random.integer(1, 20); i > 0; i--) {
      const taken = holder.take(1, Date.now());
      if (taken.kind === "taken") this.#use(1);
      if (taken.kind === "ask") await this.#renew(holder, shard, 1);
      if (taken.kind !== "taken") break;
    }
    if (this.#random.next() < 0.6) await this.#renew(holder, shard, 0);
    if (this.#random.next() < 0.05) await this.#burst();
    if (this.#random.next() < 0.2) await evict(this.#random.pick(this.#shards));
    const { available, outstanding, capacity } = await viewOf(keeper);
    expect(available + outstanding).toBeLessThanOrEqual(capacity);
  }

  /** Everybody uses all that there is: only then does one permit too many show. */
  async #burst(): Promise<void> {
    for (const { holder } of this.#holders) {
      while (holder.available(Date.now()) > 0) {
        if (holder.take(1, Date.now()).kind !== "taken") break;
        this.#use(1);
      }
    }
    const { available } = await viewOf(keeper);
    if (available === 0) return;
    using answer = await keeper.takePermits({ permits: available });
    if (answer?.outcome.kind === "granted") this.#use(available);
  }

  async #renew(
    holder: LeaseHolder,
    shard: DurableObjectStub<TimingShard>,
    need: number,
  ): Promise<void> {
    const askedAt = Date.now();
    const request = holder.request(need, askedAt);
    const answer = await askShard(shard, request);
    if (this.#random.next() < 0.05) return holder.lost(request, Date.now());
    holder.answered(request, answer, askedAt, Date.now());
    if (need === 0 || answer.kind !== "granted") return;
    this.#use(need);
    holder.settleLent({ leaseId: request.leaseId, spent: need, returned: 0 }, Date.now());
  }

  #use(permits: number): void {
    this.uses += permits;
    this.#bucket.use(permits, Date.now());
  }
}

test("never over the limit together, whoever of them is evicted", async () => {
  const rule = { capacity: 60, refillPerMinute: 600 };
  using _ = await keeper.setLimit(rule);
  const random = new Random(seedOf("limits shards", env.TEST_SEED));
  const run = new Run(random, new TrueBucket(rule, Date.now()));
  for (let step = 0; step < 250; step++) await run.step();
  expect(run.uses).toBeGreaterThan(500);
});
