import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import { LeaseHolder } from "../../src/limits/lease-holder.ts";
import type { LimitView, PermitAnswer, PlatformSignal } from "../../src/wire/permits.ts";
import { askShard } from "../../src/wire/permit-message.ts";
import type { TimingShard } from "../../src/worker.ts";
import { evict, moveClock, shardOf, stopClock } from "./api.ts";
import { ask, viewOf } from "./limit-calls.ts";

const { leaseMs } = config.leases;

/** An answer that refused for its limit. */
const REFUSED: PlatformSignal = { status: 429, isLimited: true };

let number = 0;
let shard: DurableObjectStub<TimingShard>;

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  number += 1;
  shard = shardOf(`loop-${number}`, "meta");
});

/** A holder as the client has one, and the way from it to the bucket. */
class Isolate {
  readonly holder: LeaseHolder;

  constructor(name: string) {
    this.holder = new LeaseHolder({ target: "meta", holder: name, aheadMs: 2_000 });
  }

  take(): string {
    const taken = this.holder.take(1, Date.now());
    return taken.kind === "denied" ? taken.reason : taken.kind;
  }

  /** What goes with every report. */
  async renew(need = 0): Promise<PermitAnswer> {
    const askedAt = Date.now();
    const request = this.holder.request(need, askedAt);
    const answer = await askShard(shard, request);
    this.holder.answered(request, answer, askedAt, Date.now());
    const used = { leaseId: request.leaseId, spent: need, returned: 0 };
    if (answer.kind === "granted") this.holder.settleLent(used, Date.now());
    return answer;
  }
}

/** Isolates that have all used permits lately, so that they lease ahead. */
async function busyIsolates(count: number): Promise<Isolate[]> {
  const isolates = Array.from({ length: count }, (_, index) => new Isolate(`edge-${index}`));
  for (const isolate of isolates) expect((await isolate.renew(3)).kind).toBe("granted");
  for (const isolate of isolates) await isolate.renew();
  for (const isolate of isolates) expect(isolate.holder.available(Date.now())).toBeGreaterThan(0);
  return isolates;
}

async function feedback(signal: PlatformSignal): Promise<LimitView> {
  using view = await shard.feedback(signal);
  if (view === null) throw new Error("the target has no limit");
  return { ...view };
}

test("what one isolate hears closes the bucket for all others with their next renewal", async () => {
  const [first, ...others] = await busyIsolates(4);
  if (first === undefined) throw new Error("there are no isolates");
  first.holder.signal({ ...REFUSED, retryAfterMs: 30_000, code: 4 }, Date.now());
  // It heeds it at once, and has something to tell at once.
  expect(first.take()).toBe("closed");
  expect(first.holder.isUrgent(Date.now())).toBe(true);
  await first.renew();
  expect(await viewOf(shard)).toMatchObject({
    available: 0,
    blockedUntil: Date.now() + 30_000,
    blockedReason: "the platform answered 429 with code 4 and asked to wait for 30 s",
  });
  moveClock(2_000);
  for (const isolate of others) {
    // Until then it uses what it has.
    expect(isolate.take()).toBe("taken");
    expect(await isolate.renew()).toMatchObject({ kind: "settled", closedMs: 28_000 });
    expect(isolate.take()).toBe("closed");
    await isolate.renew();
  }
  // Nobody holds anything any more: what was unused went back, and is worth nothing.
  expect(await viewOf(shard)).toMatchObject({ available: 0, outstanding: 0 });
});

test("an isolate that never renews stops within a lease's life", async () => {
  const [first, silent] = await busyIsolates(2);
  await feedback({ ...REFUSED, retryAfterMs: 60_000 });
  moveClock(leaseMs - 1);
  expect(silent?.take()).toBe("taken");
  moveClock(1);
  expect(silent?.take()).toBe("ask");
  expect(await silent?.renew(1)).toMatchObject({ kind: "denied", reason: "closed" });
  expect(silent?.take()).toBe("closed");
  expect(first?.take()).toBe("ask");
});

test("who asks is told why and until when, and it opens by itself, gradually", async () => {
  await feedback({ ...REFUSED, retryAfterMs: 60_000 });
  const denied = await ask(shard, { need: 1 });
  const until = new Date(Date.now() + 60_000).toISOString();
  expect(denied).toEqual({
    kind: "denied",
    target: "meta",
    reason: "closed",
    detail: `meta is closed until ${until}: the platform answered 429 and asked to wait for 60 s.`,
    retryAfterMs: 60_000,
    place: null,
  });
  moveClock(59_999);
  expect(await ask(shard, { need: 1 })).toMatchObject({ kind: "denied", retryAfterMs: 1 });
  moveClock(1);
  // One permit is left to try with; the rest is gone, and comes back slowly at first.
  expect(await viewOf(shard)).toMatchObject({ available: 1, blockedUntil: null, refillRate: 0.1 });
  expect(await ask(shard, { need: 2 })).toMatchObject({ kind: "denied", reason: "empty" });
  const rates: number[] = [];
  for (let i = 0; i < 6; i++) {
    moveClock(10_000);
    const { refillRate, blockedReason } = await viewOf(shard);
    rates.push(refillRate);
    expect(blockedReason === null).toBe(refillRate === 1);
  }
  expect(rates).toEqual([0.25, 0.4, 0.55, 0.7, 0.85, 1]);
  // Ten a minute at 10 to 100 % of the rate: 5.5 in the ramp, and the one that was left.
  expect((await viewOf(shard)).available).toBe(6);
  moveClock(194 * 6_000);
  expect((await viewOf(shard)).available).toBe(200);
});

test("refusals without a time close for longer each time, and never for good", async () => {
  const lengthsMs: number[] = [];
  for (let i = 0; i < 12; i++) {
    const { blockedUntil } = await feedback(REFUSED);
    lengthsMs.push((blockedUntil ?? 0) - Date.now());
    // The same again, from a call that was under way: nothing changes.
    expect((await feedback(REFUSED)).blockedUntil).toBe(blockedUntil);
    await evict(shard);
    moveClock((blockedUntil ?? 0) - Date.now());
  }
  expect(lengthsMs.slice(0, 9)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000,
  ]);
  expect(lengthsMs.slice(9)).toEqual([300_000, 300_000, 300_000]);
  moveClock(301_000);
  // Full speed in between: the next refusal is a first one again.
  expect((await feedback(REFUSED)).blockedUntil).toBe(Date.now() + 1_000);
});

test("a year is not believed, and a time that is over closes for a moment", async () => {
  const year = await feedback({ ...REFUSED, retryAfterMs: 365 * 86_400_000 });
  expect(year.blockedUntil).toBe(Date.now() + 86_400_000);
  expect(year.blockedReason).toContain("of which 86400 s are kept");
  shard = shardOf(`loop-${number}-past`, "meta");
  expect((await feedback({ ...REFUSED, retryAfterMs: 0 })).blockedUntil).toBe(Date.now() + 1_000);
});

test("a usage of four fifths slows, a full one closes, and a small one does neither", async () => {
  const open = { blockedUntil: null, blockedReason: null, refillRate: 1 };
  expect(await feedback({ status: 200, isLimited: false, usedPercent: 79 })).toMatchObject(open);
  const slowed = await feedback({ status: 200, isLimited: false, usedPercent: 90 });
  expect(slowed).toMatchObject({
    blockedUntil: null,
    blockedReason: "the platform said that 90 % of its limit is used",
    refillRate: 0.5,
    available: 200,
  });
  expect(await ask(shard, { need: 1 })).toMatchObject({ kind: "granted" });
  // What allows more than what is known changes nothing.
  const less = await feedback({ status: 200, isLimited: false, usedPercent: 81 });
  expect(less.refillRate).toBe(0.5);
  moveClock(60_000);
  expect(await viewOf(shard)).toMatchObject(open);
  const full = await feedback({ status: 200, isLimited: false, usedPercent: 100 });
  expect(full).toMatchObject({ available: 0, refillRate: 0 });
  expect(full.blockedReason).toContain("said that 100 % of its limit is used");
});
