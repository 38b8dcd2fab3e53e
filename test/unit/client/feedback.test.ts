import { expect, test } from "vitest";

import { metaLimit, PermitDenied, tiktokLimit } from "../../../src/client/index.ts";
import type { PlatformSignal, TimedFetchInit } from "../../../src/client/index.ts";
import { harness } from "./harness.ts";

const URL_ = "https://platform.test/events";
const META = { capacity: 200, refillPerMinute: 10 };

function answering(status: number, headers: HeadersInit = {}, body: unknown = {}): TimedFetchInit {
  return { fetcher: { fetch: async () => Response.json(body, { status, headers }) } };
}

test("a 429 closes the bucket for every isolate at once, without waiting for the interval", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const [one, other] = [world.isolate("iso-a")(), world.isolate("iso-b")()];
  // The other has a lease at hand.
  for (let i = 0; i < 20; i += 1) {
    await other.take("meta");
    await world.time.advance(50);
  }
  const before = world.time.now;
  await one.fetch("meta", "events", URL_, answering(429, { "retry-after": "60" }));
  await world.time.settle();
  expect(limiter.view(world.time.now)).toMatchObject({ blockedUntil: before + 60_000 });
  expect(await one.take("meta")).toMatchObject({ reason: "closed" });
  let last = before;
  while (world.time.now < before + 30_000) {
    if ((await other.take("meta")).granted) last = world.time.now;
    await world.time.advance(100);
  }
  expect(last - before, "within one lease's life").toBeLessThanOrEqual(10_000);
  const denial = await other.take("meta");
  expect(denial).toMatchObject({ reason: "closed", detail: expect.stringContaining("429") });
});

test("one RPC carries the signal and the timing that goes with it", async () => {
  const world = harness();
  world.server.limit("meta", META);
  await world.request().fetch("meta", "events", URL_, answering(429));
  await world.request().fetch("meta", "events", URL_, answering(200));
  await world.time.advance(2_000);
  const [first] = world.server.requests;
  expect(first?.permits?.[0]?.signals).toEqual([{ status: 429, isLimited: true }]);
  expect(world.request().stats()).toMatchObject({ acknowledged: 2, buffered: 0 });
});

test("a storm of 429s does not become a storm of reports", async () => {
  const world = harness();
  world.server.limit("meta", META);
  for (let i = 0; i < 200; i += 1) {
    await world.request().fetch("meta", "events", URL_, answering(429));
    await world.time.advance(5);
  }
  expect(world.server.requests.length, "in a second").toBeLessThanOrEqual(6);
  await world.time.advance(1_000);
  const told = world.server.requests.flatMap(({ permits }) => permits ?? []);
  for (const { signals } of told) expect(signals.length).toBeLessThanOrEqual(64);
  expect(world.server.refusedAsks).toEqual([]);
});

test("a signal whose report is lost is told again", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.fates = [{ kind: "throw" }, { kind: "lose_request" }];
  world.request().feedback("meta", { status: 429, isLimited: true, retryAfterMs: 90_000 });
  await world.time.advance(8_000);
  expect(limiter.view(world.time.now)?.blockedUntil).toBeGreaterThan(world.time.now);
});

test("while the limiter is away a signal is told later and later", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.server.fates = Array.from({ length: 99 }, () => ({ kind: "throw" as const }));
  world.request().feedback("meta", { status: 429, isLimited: true, retryAfterMs: 90_000 });
  for (let ms = 0; ms < 30_000; ms += 1_000) {
    world.request().record("meta", "events", 1);
    await world.time.advance(1_000);
  }
  const withPermits = world.server.requests.filter(({ permits }) => permits !== undefined);
  expect(withPermits.length).toBeGreaterThan(4);
  expect(withPermits.length).toBeLessThan(12);
  world.server.fates = [];
  await world.request().flush();
  expect(limiter.view(world.time.now)?.blockedUntil).not.toBeNull();
});

test("a usage of 80 % or more slows the bucket, and is not told with every answer", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const usage = (percent: number) => ({ "x-app-usage": JSON.stringify({ call_count: percent }) });
  await world.request().fetch("meta", "events", URL_, answering(200, usage(79)));
  await world.time.settle();
  expect(world.server.requests).toEqual([]);
  for (const percent of [90, 90, 89, 90, 90]) {
    await world.request().fetch("meta", "events", URL_, answering(200, usage(percent)));
    await world.time.advance(100);
  }
  const told = world.server.requests.flatMap(({ permits }) => permits ?? []);
  expect(told.flatMap(({ signals }) => signals)).toEqual([
    { status: 200, isLimited: false, usedPercent: 90 },
  ]);
  expect(limiter.view(world.time.now)?.refillRate).toBeLessThan(0.6);
  expect((await world.request().take("meta")).granted, "slower, not closed").toBe(true);
});

test("a limit that only the body tells is fed back, once, and counted as rate_limited", async () => {
  const world = harness();
  const limiter = world.server.limit("tiktok", { capacity: 10, refillPerMinute: 1 });
  const tacho = world.request();
  const init = { ...answering(200, {}, { code: 40_100 }), classify: tiktokLimit };
  const response = await tacho.fetch("tiktok", "events", URL_, init);
  expect(await response.json()).toEqual({ code: 40_100 });
  await tacho.flush();
  const signals = world.server.requests.flatMap(({ permits }) =>
    (permits ?? []).flatMap((permit) => permit.signals),
  );
  expect(signals).toEqual([{ status: 200, isLimited: true, code: 40_100 }]);
  expect(limiter.view(world.time.now)?.blockedReason).toContain("with code 40100");
  expect(tacho.stats()).toMatchObject({ acknowledged: 1, failures: 0 });
});

const LIMIT_4 = { error: { code: 4 } };
const regain = (usage: object) => ({
  "x-business-use-case-usage": JSON.stringify({ "1234": [usage] }),
});
const REGAIN = regain({ call_count: 96, estimated_time_to_regain_access: 15 });
const LIMITED_400 = { status: 400, isLimited: true };

test.each([
  [400, {}, LIMIT_4, { ...LIMITED_400, code: 4 }],
  [400, { "retry-after": "90" }, LIMIT_4, { ...LIMITED_400, code: 4, retryAfterMs: 90_000 }],
  [400, REGAIN, LIMIT_4, { ...LIMITED_400, code: 4, retryAfterMs: 900_000, usedPercent: 96 }],
  [
    400,
    regain({ call_count: 96 }),
    { error: { code: 80_004 } },
    { ...LIMITED_400, code: 80_004, usedPercent: 96 },
  ],
  [400, REGAIN, "<html>", { ...LIMITED_400, retryAfterMs: 900_000, usedPercent: 96 }],
  [200, REGAIN, {}, { status: 200, isLimited: true, retryAfterMs: 900_000, usedPercent: 96 }],
  [400, { "retry-after": "90" }, { error: { code: 100 } }, undefined],
] as const)("Meta's %d %j %j is one signal", async (status, headers, body, signal) => {
  const world = harness();
  world.server.limit("meta", META);
  const tacho = world.request();
  const init = { ...answering(status, headers, body), classify: metaLimit };
  await tacho.fetch("meta", "events", URL_, init);
  await tacho.flush();
  await world.time.advance(5_000);
  const told = world.server.requests.flatMap(({ permits }) => permits ?? []);
  expect(told.flatMap(({ signals }) => signals)).toEqual(signal === undefined ? [] : [signal]);
});

test("the bucket names the code, and keeps the time that the headers gave", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const tacho = world.request();
  const init = { ...answering(400, REGAIN, LIMIT_4), classify: metaLimit };
  await tacho.fetch("meta", "events", URL_, init);
  await tacho.flush();
  expect(limiter.view(world.time.now)).toMatchObject({
    blockedUntil: world.time.now + 900_000,
    blockedReason: expect.stringContaining("400 with code 4 and asked to wait for 900 s"),
  });
});

test("a refusal by its status does not wait for the classifier", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  const init: TimedFetchInit = {
    ...answering(429, { "retry-after": "60" }),
    classify: () => new Promise(() => {}),
  };
  await world.request().fetch("meta", "events", URL_, init);
  await world.time.settle();
  expect(limiter.view(world.time.now)?.blockedUntil).toBe(world.time.now + 60_000);
  await world.time.advance(6_000);
});

test("neither an unread clone nor one that is too long to read keeps flush waiting", async () => {
  const long = Response.json({ code: 40_100, text: "x".repeat(100_000) });
  for (const classify of [tiktokLimit, (): undefined => undefined]) {
    const tacho = harness().request();
    const fetcher = { fetch: async (): Promise<Response> => long.clone() };
    const response = await tacho.fetch("tiktok", "events", URL_, { fetcher, classify });
    await tacho.flush();
    expect(tacho.stats()).toMatchObject({ acknowledged: 1, failures: 0 });
    expect((await response.text()).length).toBeGreaterThan(100_000);
  }
});

test("a 429 that the classifier confirms is one signal", async () => {
  const world = harness();
  world.server.limit("meta", META);
  const tacho = world.request();
  const init: TimedFetchInit = { ...answering(429), classify: () => "rate_limited" };
  await tacho.fetch("meta", "events", URL_, init);
  await tacho.flush();
  await world.time.advance(5_000);
  const told = world.server.requests.flatMap(({ permits }) => permits ?? []);
  expect(told.flatMap(({ signals }) => signals)).toEqual([{ status: 429, isLimited: true }]);
});

test("feedback takes a Response, and one that says nothing tells nothing", async () => {
  const world = harness();
  const limiter = world.server.limit("meta", META);
  world.request().feedback("meta", new Response("fine"));
  await world.time.settle();
  expect(world.server.requests).toEqual([]);
  world.request().feedback("meta", new Response(null, { status: 429 }));
  await world.time.settle();
  expect(limiter.view(world.time.now)?.blockedUntil).not.toBeNull();
});

test.each([
  [{ status: 0, isLimited: true }, 1],
  [{ status: 429.5, isLimited: true }, 1],
  [{ status: 429 }, 1],
  [undefined, 1],
  [null, 1],
  ["429", 1],
  [{ status: 200, isLimited: false }, 0],
  [{ status: 200, isLimited: false, usedPercent: 79 }, 0],
  [{ status: 200, isLimited: false, usedPercent: Number.NaN }, 0],
] as const)("feedback %j harms nobody and tells nothing", async (said, failures) => {
  const world = harness();
  world.server.limit("meta", META);
  world.request().feedback("meta", said as unknown as PlatformSignal);
  await world.time.advance(5_000);
  expect(world.server.requests).toEqual([]);
  expect(world.request().stats().failures).toBe(failures);
});

test("numbers that the bucket would refuse are cut or left out", async () => {
  const world = harness();
  world.server.limit("meta", META);
  world.request().feedback("meta", {
    status: 429,
    isLimited: true,
    retryAfterMs: -5,
    usedPercent: Number.POSITIVE_INFINITY,
    code: Number.NaN,
  });
  await world.time.advance(1_000);
  const year = { status: 429, isLimited: true, retryAfterMs: 3e15, code: 17 };
  world.request().feedback("meta", year);
  await world.time.advance(1_000);
  const told = world.server.requests.flatMap(({ permits }) => permits ?? []);
  expect(told.flatMap(({ signals }) => signals)).toEqual([
    { status: 429, isLimited: true, usedPercent: 1e6 },
    { ...year, retryAfterMs: 1e12 },
  ]);
  expect(world.server.refusedAsks).toEqual([]);
});

test("feedback on a name that is none, or a target too many, changes nothing", async () => {
  const world = harness({ maxTargets: 1 });
  world.request().record("meta", "events", 1);
  world.request().feedback("NO NAME", { status: 429, isLimited: true });
  world.request().feedback("google", { status: 429, isLimited: true });
  await world.time.advance(2_000);
  expect(world.server.requests.flatMap(({ permits }) => permits ?? [])).toEqual([]);
});

test("fetch takes its permit first; denied, it throws, calls nobody and times nothing", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 3, refillPerMinute: 1 });
  const tacho = world.request();
  let calls = 0;
  const fetcher = {
    fetch: async (): Promise<Response> => {
      calls += 1;
      return new Response("yes");
    },
  };
  await tacho.fetch("meta", "events", URL_, { fetcher, permit: true });
  await tacho.fetch("meta", "events", URL_, { fetcher, permit: 2 });
  const denied = await tacho
    .fetch("meta", "events", URL_, { fetcher, permit: { permits: 1, line: {} } })
    .catch((error: unknown) => error);
  expect(denied).toBeInstanceOf(PermitDenied);
  expect(denied).toMatchObject({
    name: "PermitDenied",
    target: "meta",
    reason: "empty",
    detail: expect.stringContaining("No permit"),
    message: expect.stringContaining("meta"),
    retryAfterMs: 60_000,
    place: expect.any(String),
  });
  await tacho.fetch("meta", "events", URL_, { fetcher, permit: false });
  await tacho.fetch("meta", "events", URL_, { fetcher });
  expect(calls).toBe(4);
  expect(tacho.stats()).toMatchObject({ recorded: 4, failures: 0, permits: { granted: 3 } });
});

test("our own fields do not reach the fetcher, and waiting for a permit is not timed", async () => {
  const world = harness();
  world.server.permitFates = [{ kind: "answer_late", delayMs: 700 }];
  const tacho = world.request();
  const seen: unknown[] = [];
  const fetcher = {
    fetch: async (...call: unknown[]): Promise<Response> => {
      seen.push(call);
      world.time.now += 12;
      return new Response("yes");
    },
  };
  const call = tacho.fetch("meta", "events", URL_, { fetcher, permit: true });
  await world.time.advance(700);
  await call;
  await tacho.flush();
  expect(seen).toEqual([[URL_]]);
  expect([...world.server.counted.keys()]).toEqual([12_000]);
});
