import { expect, test } from "vitest";

import type { Tachograph, TakeResult } from "../../../src/client/index.ts";
import { harness, imbalance } from "./harness.ts";
import type { Harness } from "./harness.ts";

const META = { capacity: 200, refillPerMinute: 10 };

/** Takes one permit so often, a while apart; answers how many were granted. */
async function takeMany(
  world: Harness,
  tacho: Tachograph,
  count: number,
  apartMs: number,
): Promise<number> {
  let granted = 0;
  for (let i = 0; i < count; i += 1) {
    if ((await tacho.take("meta")).granted) granted += 1;
    await world.time.advance(apartMs);
  }
  return granted;
}

/** Lets time pass until the take is decided. */
async function decided(
  world: Harness,
  taking: Promise<TakeResult>,
  withinMs: number,
): Promise<TakeResult | undefined> {
  const results: TakeResult[] = [];
  void taking.then((result) => results.push(result));
  await world.time.settle();
  for (let ms = 0; ms < withinMs && results.length === 0; ms += 10) await world.time.advance(10);
  return results[0];
}

test("a target without a limit is asked about once, and then grants without I/O", async () => {
  const { server, request } = harness();
  for (let i = 0; i < 100; i += 1) expect(await request().take("d1")).toEqual({ granted: true });
  expect(server.asks.length).toBe(1);
  expect(request().stats().permits).toEqual({
    granted: 100,
    denied: {},
    allowedUnreached: 0,
    returned: 0,
    asked: 1,
  });
});

test("what is used steadily is leased ahead, and renewed along with the timings", async () => {
  const world = harness();
  world.server.limit("meta", META);
  const tacho = world.request();
  for (let i = 0; i < 100; i += 1) {
    expect((await tacho.take("meta")).granted).toBe(true);
    tacho.record("meta", "events", 5);
    await world.time.advance(100);
  }
  const { asks, requests, refusedAsks } = world.server;
  expect(asks.length, "only the first takes wait").toBeLessThan(4);
  const renewals = requests.filter(({ permits }) => (permits?.length ?? 0) > 0);
  const withTimings = renewals.filter(({ reports }) => reports.length > 0);
  expect(renewals.length).toBeGreaterThan(3);
  expect(withTimings.length, "one RPC carries both").toBe(renewals.length);
  expect(requests.length, "10 s, one report every 2 s, and a renewal now and then").toBeLessThan(
    20,
  );
  expect(refusedAsks).toEqual([]);
});

test("permits alone are renewed and settled with no reports", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  expect(await takeMany(world, world.request(), 50, 100)).toBe(50);
  await world.time.advance(30_000);
  const { requests } = world.server;
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.flatMap(({ reports }) => reports)).toEqual([]);
  const view = limiter.view(world.time.now);
  expect(view).toMatchObject({ outstanding: 0, expired: 0 });
  expect((view?.granted ?? 0) - (view?.returned ?? 0), "what was not used came back").toBe(50);
});

test("an RPC about permits alone leaves the interval as it is", async () => {
  const world = harness();
  world.server.limit("meta", META);
  world.server.flushMs = 250;
  world.request().record("meta", "events", 1);
  await world.request().flush();
  world.server.flushMs = 9_000;
  await takeMany(world, world.request(), 20, 50);
  await world.time.advance(5_000);
  expect(world.server.requests.at(-1)?.reports).toEqual([]);
  expect(world.request().stats().flushMs).toBe(250);
});

test("an idle isolate does not speak, and nothing keeps its requests alive", async () => {
  const world = harness();
  world.server.limit("meta", META);
  await takeMany(world, world.request(), 20, 50);
  await world.time.advance(15_000);
  const before = world.server.requests.length;
  await world.time.advance(60_000);
  expect(world.server.requests.length).toBe(before);
  expect(world.time.delays).toEqual([]);
  await Promise.all(world.kept);
});

test("after a denial the isolate denies by itself for up to a second, and reports it once", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 2, refillPerMinute: 1 });
  const tacho = world.request();
  const results = [];
  for (let i = 0; i < 7; i += 1) results.push(await tacho.take("meta"));
  expect(results.filter(({ granted }) => granted).length).toBe(2);
  const denials = results.slice(2);
  for (const denial of denials) {
    expect(denial).toMatchObject({ granted: false, reason: "empty", place: null });
    expect(denial).toHaveProperty("detail", expect.stringContaining("meta"));
  }
  expect(world.server.asks.length, "two that were granted and one denial").toBe(3);
  await world.time.advance(2_000);
  expect(world.server.tallies.get("meta")).toEqual({
    denied: 4,
    allowedUnreached: 0,
    deniedUnreached: 0,
  });
  expect(tacho.stats().permits).toMatchObject({ granted: 2, denied: { empty: 5 } });
  await world.time.advance(60_000);
  expect(world.server.tallies.get("meta")?.denied).toBe(4);
});

test("whoever waits in line is answered by the bucket, and goes first when it comes back", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 1, refillPerMinute: 6 });
  const first = world.isolate("iso-a")();
  const second = world.isolate("iso-b")();
  expect((await first.take("meta")).granted).toBe(true);
  const waiting = await first.take("meta", 1, { line: {} });
  expect(waiting).toMatchObject({ granted: false, reason: "empty", place: expect.any(String) });
  const again = await first.take("meta", 1, { line: { sharedBy: 3 } });
  expect(again, "asked although it was denied just now").toMatchObject({ reason: "line" });
  if (waiting.granted || waiting.place === null) throw new Error("no place");
  await world.time.advance(waiting.retryAfterMs + 1_000);
  expect(await second.take("meta"), "a newcomer").toMatchObject({ reason: "line" });
  expect(await first.take("meta", 1, { places: [waiting.place] })).toEqual({ granted: true });
});

const mistakes: [string, (tacho: Tachograph) => Promise<TakeResult>, RegExp][] = [
  ["0 permits", (tacho) => tacho.take("meta", 0), /integer from 1/],
  ["-1 permits", (tacho) => tacho.take("meta", -1), /integer from 1/],
  ["half a permit", (tacho) => tacho.take("meta", 0.5), /integer from 1/],
  ["NaN permits", (tacho) => tacho.take("meta", Number.NaN), /integer from 1/],
  ["too many permits", (tacho) => tacho.take("meta", 10_000_001), /to 10000000/],
  ["a text of permits", (tacho) => tacho.take("meta", "1" as unknown as number), /string/],
  ["no name", (tacho) => tacho.take("NO NAME"), /no name/],
  ["no text", (tacho) => tacho.take(undefined as unknown as string), /no name/],
  [
    "a line shared by nobody",
    (tacho) => tacho.take("meta", 1, { line: { sharedBy: 0 } }),
    /sharedBy/,
  ],
];

test.each(mistakes)(
  "%s can never be had, and that is said, not thrown",
  async (_, take, detail) => {
    const { server, request } = harness();
    const result = await take(request());
    expect(result).toMatchObject({
      granted: false,
      reason: "never",
      retryAfterMs: 86_400_000,
      place: null,
    });
    expect(result).toHaveProperty("detail", expect.stringMatching(detail));
    expect(server.asks).toEqual([]);
    expect(request().stats()).toMatchObject({ failures: 1, refused: {}, permits: { denied: {} } });
  },
);

test("more than the bucket holds is never granted, fewer still are", async () => {
  const { server, request } = harness();
  server.limit("meta", META);
  expect(await request().take("meta", 201)).toMatchObject({
    reason: "never",
    retryAfterMs: 86_400_000,
    detail: expect.stringContaining("200"),
  });
  expect(await request().take("meta", 200)).toEqual({ granted: true });
});

test("a target too many is denied for now, and no timing is refused for it", async () => {
  const { request } = harness({ maxTargets: 1 });
  expect((await request().take("meta")).granted).toBe(true);
  expect(await request().take("google")).toMatchObject({
    reason: "unreachable",
    detail: expect.stringContaining("maxTargets"),
  });
  request().record("meta", "events", 1);
  expect(request().stats()).toMatchObject({ failures: 1, refused: {} });
  expect(imbalance(request().stats())).toBe(0);
});

test("places that cannot be any do not spoil the others", async () => {
  const { server, request } = harness();
  server.limit("meta", META);
  const places = [7, "x".repeat(41), "1700000000000-60000000"] as string[];
  expect((await request().take("meta", 1, { places })).granted).toBe(true);
  expect(server.asks[0]?.places).toEqual(["1700000000000-60000000"]);
  expect(server.refusedAsks).toEqual([]);
});

test("without an answer a take is denied after 2 s, and for a second it is so at once", async () => {
  const world = harness();
  world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "lose_request" }];
  const tacho = world.request();
  const start = world.time.now;
  const denial = { granted: false, reason: "unreachable", retryAfterMs: 1_250, place: null };
  expect(await decided(world, tacho.take("meta"), 5_000)).toMatchObject(denial);
  expect(world.time.now - start).toBe(2_000);
  expect(await tacho.take("meta", 2)).toMatchObject(denial);
  expect(world.server.asks.length).toBe(1);
  await world.time.advance(1_000);
  expect(await tacho.take("meta")).toEqual({ granted: true });
  await world.time.advance(10_000);
  expect(world.server.tallies.get("meta")).toEqual({
    denied: 0,
    allowedUnreached: 0,
    deniedUnreached: 3,
  });
});

test.each([
  { kind: "throw" },
  { kind: "unavailable" },
  { kind: "garbage", answer: undefined },
  { kind: "garbage", answer: { kind: "granted", target: "meta", permits: 0, lifeMs: 1e4 } },
  { kind: "garbage", answer: { kind: "granted", target: "meta", permits: 1, lifeMs: "long" } },
  { kind: "garbage", answer: { kind: "granted", target: "google", permits: 1, lifeMs: 1e4 } },
  { kind: "garbage", answer: { kind: "denied", target: "meta", reason: "mood" } },
  { kind: "garbage", answer: { kind: "settled", target: "meta", closedMs: 0 } },
  { kind: "garbage", answer: "yes" },
] as const)("an answer that is none denies at once: %j", async (fate) => {
  const { server, request } = harness();
  server.limit("meta", META);
  server.permitFates = [fate];
  expect(await request().take("meta")).toMatchObject({ reason: "unreachable" });
  expect(request().stats()).toMatchObject({ permits: { denied: { unreachable: 1 }, asked: 1 } });
  expect(request().stats().failures).toBeGreaterThan(0);
});

test("whoever may be let through is, up to a ceiling, and both are reported exactly once", async () => {
  const world = harness({ whenUnreachable: { meta: { allowPerMinute: 5 } } });
  const tacho = world.request();
  const results: TakeResult[] = [];
  for (let i = 0; i < 8; i += 1) {
    world.server.permitFates = [{ kind: "throw" }];
    results.push(await tacho.take("meta"));
  }
  expect(results.map(({ granted }) => granted)).toEqual([
    ...Array.from({ length: 5 }, () => true),
    ...Array.from({ length: 3 }, () => false),
  ]);
  expect(tacho.stats().permits).toMatchObject({ allowedUnreached: 5, denied: { unreachable: 3 } });
  // The report is counted, its answer lost: the repeat must not be counted again.
  world.server.fates = [{ kind: "lose_answer" }];
  tacho.record("meta", "events", 1);
  await world.time.advance(60_000);
  expect(world.server.duplicates).toBe(1);
  expect(world.server.changed).toBeUndefined();
  expect(world.server.tallies.get("meta")).toEqual({
    denied: 0,
    allowedUnreached: 5,
    deniedUnreached: 3,
  });
});

test("a policy for another target, or one named like a property, changes nothing", async () => {
  const { server, request } = harness({ whenUnreachable: { google: { allowPerMinute: 9 } } });
  server.permitFates = [{ kind: "throw" }, { kind: "throw" }];
  expect((await request().take("meta")).granted).toBe(false);
  expect((await request().take("constructor")).granted).toBe(false);
});

test("a late answer's permits go back to the bucket", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "answer_late", delayMs: 2_500 }];
  const result = await decided(world, world.request().take("meta", 150), 5_000);
  expect(result).toMatchObject({ reason: "unreachable" });
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 150 });
  await world.time.advance(4_000);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, available: 200 });
});

test("permits that a late request opened go back when its answer comes after all", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "request_late", delayMs: 6_000 }];
  expect(await decided(world, world.request().take("meta", 150), 5_000)).toMatchObject({
    reason: "unreachable",
  });
  await world.time.advance(9_000);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, available: 200 });
});

test("an answer that comes after the end of its lease is not used", async () => {
  const world = harness({ permitTimeoutMs: 60_000 });
  const limiter = world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "answer_late", delayMs: 10_000 }];
  const result = await decided(world, world.request().take("meta", 150), 20_000);
  expect(result).toMatchObject({ reason: "unreachable" });
  await world.time.advance(20_000);
  const view = limiter.view(world.time.now);
  expect(view).toMatchObject({ available: 200, expired: 0 });
  expect(view?.returned, "all of it").toBe(view?.granted);
});

test("what a dead request was granted is given back by those who come later", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "lose_answer" }];
  void world.request().take("meta", 150);
  await world.time.settle();
  world.time.kill(() => true);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 150 });
  await world.time.advance(4_000);
  world.request().record("google", "events", 1);
  await world.time.advance(2_500);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, returned: 150 });
});

test("that is done in time, also by a request that comes while others still wait", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.flushMs = 60_000;
  world.request().record("google", "events", 1);
  await world.request().flush();
  world.server.permitFates = [{ kind: "lose_answer" }];
  void world.request().take("meta", 150);
  await world.time.settle();
  world.request().record("google", "events", 1);
  world.time.kill(() => true);
  await world.time.advance(4_100);
  world.request().record("google", "events", 1);
  await world.time.advance(4_000);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, returned: 150 });
});

test("one answer is enough to believe that the limiter is there", async () => {
  const world = harness();
  world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "answer_late", delayMs: 100 }, { kind: "throw" }];
  const slow = world.request().take("meta");
  expect(await world.request().take("meta")).toMatchObject({ reason: "unreachable" });
  expect(await world.request().take("meta")).toMatchObject({ reason: "unreachable" });
  await world.time.advance(100);
  expect((await slow).granted).toBe(true);
  expect((await world.request().take("meta")).granted).toBe(true);
});

test("each take that waits asks by itself: no request waits for another's answer", async () => {
  const world = harness();
  world.server.limit("meta", META);
  world.server.permitFates = [{ kind: "lose_answer" }];
  const dead = decided(world, world.request().take("meta"), 0);
  expect(await world.request().take("meta")).toEqual({ granted: true });
  expect(await dead).toBeUndefined();
  expect(world.server.asks.map(({ need }) => need)).toEqual([1, 1]);
});

test("what is given back soon is used again, and never twice", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", { capacity: 1, refillPerMinute: 0 });
  const tacho = world.request();
  expect((await tacho.take("meta")).granted).toBe(true);
  tacho.giveBack("meta", 4);
  expect(tacho.stats().permits.returned, "no more than there were").toBe(1);
  expect((await tacho.take("meta")).granted).toBe(true);
  await world.time.advance(30_000);
  tacho.giveBack("meta");
  expect(tacho.stats().permits.returned, "the bucket knows that it was used").toBe(1);
  expect(limiter.view(world.time.now)).toMatchObject({ available: 0, outstanding: 0 });
});

test("what the bucket was told to be used is not given back out of what others used since", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", { capacity: 3, refillPerMinute: 0 });
  const [early, other] = [world.request(), world.request()];
  await early.take("meta");
  await early.flush();
  await early.take("meta");
  await other.take("meta");
  other.giveBack("meta", 3);
  expect(other.stats().permits.returned, "its own only").toBe(1);
  await early.flush();
  await other.take("meta");
  early.giveBack("meta", 2);
  expect(other.stats().permits.returned).toBe(1);
  await world.time.advance(20_000);
  expect(limiter.view(world.time.now)).toMatchObject({ available: 0, outstanding: 0 });
});

test("a permit that no bucket gave is not given back to one", async () => {
  const world = harness({ whenUnreachable: { meta: { allowPerMinute: 5 } } });
  world.server.limit("meta", META);
  const tacho = world.request();
  expect((await tacho.take("d1")).granted).toBe(true);
  tacho.giveBack("d1");
  await world.request().take("meta");
  world.server.permitFates = [{ kind: "throw" }];
  expect((await tacho.take("meta")).granted, "let through").toBe(true);
  tacho.giveBack("meta");
  expect(tacho.stats().permits).toMatchObject({ returned: 0, allowedUnreached: 1 });
});

test("bad ways to give back harm nobody", async () => {
  const { request } = harness();
  const tacho = request();
  tacho.giveBack("meta");
  tacho.giveBack("NO NAME");
  expect(tacho.stats().failures).toBe(0);
  for (const permits of [0, -1, 0.5, Number.NaN]) tacho.giveBack("meta", permits);
  expect(tacho.stats().failures).toBe(4);
});

test("what flush sends settles the leases", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const tacho = world.request();
  await tacho.take("meta");
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 1 });
  await tacho.flush();
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, granted: 1 });
});

test("a report that fails gives up nothing of what it says about permits", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const tacho = world.request();
  await tacho.take("meta");
  world.server.fates = [{ kind: "throw" }, { kind: "unavailable" }, { kind: "lose_answer" }];
  await world.time.advance(13_000);
  expect(limiter.view(world.time.now)).toMatchObject({ outstanding: 0, granted: 1, expired: 0 });
  expect(world.server.requests.length, "with a pause after each failure").toBeLessThan(8);
});

test("clocks, timers and names that throw harm nobody", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  for (const options of [{ clock: fail }, { timer: fail }, { reporter: fail }]) {
    const tacho = harness(options).request();
    expect(await tacho.take("meta")).toMatchObject({ reason: "unreachable" });
    tacho.giveBack("meta");
    tacho.feedback("meta", { status: 429, isLimited: true });
    await tacho.flush();
    expect(tacho.stats().failures).toBeGreaterThan(0);
  }
});

test.each([
  { apartMs: 0, warm: false, rttMs: 20 },
  { apartMs: 0, warm: true, rttMs: 20 },
  { apartMs: 1, warm: false, rttMs: 20 },
  { apartMs: 1, warm: true, rttMs: 20 },
  { apartMs: 1, warm: true, rttMs: 60 },
])("a burst of 100 takes gets all 100 permits of the bucket: %o", async (burst) => {
  const { apartMs, warm, rttMs } = burst;
  const world = harness();
  world.server.limit("meta", { capacity: warm ? 120 : 100, refillPerMinute: 0 });
  const tacho = world.request();
  if (warm) expect(await takeMany(world, tacho, 20, 10)).toBe(20);
  world.server.permitFates = Array.from({ length: 200 }, () => {
    return { kind: "answer_late" as const, delayMs: rttMs };
  });
  const taking: Promise<TakeResult>[] = [];
  for (let i = 0; i < 100; i += 1) {
    taking.push(tacho.take("meta"));
    await world.time.advance(apartMs);
  }
  await world.time.advance(1_000);
  const results = await Promise.all(taking);
  expect(results.filter(({ granted }) => granted).length).toBe(100);
});

test("at most one request under way asks for permits in advance", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 1_000, refillPerMinute: 0 });
  const tacho = world.request();
  await takeMany(world, tacho, 20, 10);
  await tacho.flush();
  const before = world.server.asks.length;
  world.server.permitFates = [{ kind: "lose_answer" }, { kind: "lose_answer" }];
  void tacho.take("meta");
  void tacho.take("meta");
  await world.time.advance(1_000);
  const wants = world.server.asks.slice(before).map(({ want }) => want);
  expect(wants).toEqual([expect.any(Number), 0]);
  expect(wants[0]).toBeGreaterThan(0);
  world.time.kill(() => true);
  await world.time.advance(1_500);
  void tacho.take("meta");
  await world.time.settle();
  expect(world.server.asks.at(-1)?.want, "what never came is not waited for").toBeGreaterThan(0);
});

test("line: true is short for a line that nobody shares, and false for none", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 1, refillPerMinute: 6 });
  const tacho = world.request();
  await tacho.take("meta");
  expect(await tacho.take("meta", 1, { line: true })).toHaveProperty("place", expect.any(String));
  expect(world.server.asks.at(-1)?.line).toEqual({ sharedBy: 1 });
  expect(await tacho.take("meta", 1, { line: false })).toHaveProperty("place", null);
});
