import { expect, test } from "vitest";

import { harness, imbalance } from "./harness.ts";

const SESSION_MS = 20_000;
/** Beyond two intervals and the one that finds nothing: so long after the last report it is over. */
const STEADY_SLACK_MS = 5_000;

test("reports that follow each other go over one session, which ends with them", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  for (let i = 0; i < 150; i += 1) {
    request().record("meta", "events", 1);
    await time.advance(100);
  }
  expect(server.requests.length).toBeGreaterThan(40);
  expect(server.opened).toBe(1);
  expect(server.inSession).toBe(server.requests.length - 1);
  await time.advance(3 * server.flushMs + STEADY_SLACK_MS);
  expect(server.sessions.size, "nothing to say: it is let go of").toBe(0);
  expect(server.countedTimings).toBe(150);
  expect(time.delays, "nothing keeps an idle request alive").toEqual([]);
});

test("reports that come now and then go over one session, too", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  for (let i = 0; i < 15; i += 1) {
    request().record("meta", "events", 1);
    await time.advance(1_300);
  }
  expect(server.requests.length).toBeGreaterThan(10);
  expect(server.requests.length, "none of them waits for another").toBeLessThanOrEqual(15);
  expect(server.opened).toBe(1);
});

test("whoever reports once opens none", async () => {
  const { time, server, request } = harness();
  for (let i = 0; i < 5; i += 1) {
    request().record("meta", "events", 1);
    await time.advance(12_000);
  }
  expect(server.requests.length).toBe(5);
  expect(server.opened).toBe(0);
});

test("a session ends before the request that holds it is too old", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  for (let i = 0; i < 600; i += 1) {
    request().record("meta", "events", 1);
    await time.advance(100);
  }
  expect(server.opened, "one for each request that was trusted with the timer").toBeLessThan(6);
  expect(server.opened).toBeGreaterThan(2);
  expect(server.sessions.size).toBeLessThanOrEqual(1);
  await time.advance(SESSION_MS);
  expect(server.sessions.size).toBe(0);
});

test.each(["throw", "throw_after", "lose_answer", "lose_request"] as const)(
  "a session whose report fails (%s) is let go of, and nothing counts twice",
  async (kind) => {
    const { time, server, request } = harness();
    server.flushMs = 250;
    const one = request();
    for (let i = 0; i < 150; i += 1) {
      if (i === 60) {
        server.fates = [{ kind }];
        expect(server.inSession).toBeGreaterThan(0);
      }
      one.record("meta", "events", i);
      await time.advance(100);
    }
    await time.advance(120_000);
    expect(server.opened, "others follow").toBeGreaterThan(1);
    expect(server.sessions.size).toBe(0);
    expect(server.counted.size).toBe(150);
    expect([...server.counted.values()].every((times) => times === 1)).toBe(true);
    expect(one.stats()).toMatchObject({ acknowledged: 150, givenUp: 0, buffered: 0 });
    expect(imbalance(one.stats())).toBe(0);
  },
);

test("a server of before is asked for a session once, and gets its reports all the same", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  server.hasSessions = false;
  for (let i = 0; i < 100; i += 1) {
    request().record("meta", "events", 1);
    await time.advance(100);
  }
  await time.advance(1_000);
  expect(server.opened).toBe(1);
  expect(server.countedTimings).toBe(100);
  expect(request().stats()).toMatchObject({ retries: 0, givenUp: 0, failures: 0 });
});

test("a request that lives on has a new session every 20 s", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  const one = request();
  for (let i = 0; i < 900; i += 1) {
    one.record("meta", "events", 1);
    await time.advance(100);
  }
  expect(server.opened).toBeGreaterThanOrEqual(4);
  expect(server.opened).toBeLessThanOrEqual(6);
  expect(server.sessions.size).toBe(1);
});

test("a session ends with the answer that says so, and with one that reached not everybody", async () => {
  for (const last of [
    { ok: true as const, flushMs: 250, results: [], isLast: true as const },
    {
      ok: true as const,
      flushMs: 250,
      results: [
        { ok: false as const, target: "meta", reason: "unavailable" as const, detail: "too many" },
      ],
    },
  ]) {
    const { time, server, request } = harness();
    server.flushMs = 250;
    for (let i = 0; i < 60; i += 1) {
      request().record("meta", "events", 1);
      await time.advance(100);
    }
    expect(server.opened).toBe(1);
    server.fates = [{ kind: "garbage", answer: last }];
    request().record("meta", "events", 1);
    await time.advance(400);
    expect(server.sessions.size).toBe(0);
  }
});

test("buffers that are full one after the other open none: whoever fills one sends no second", async () => {
  const { time, server, request } = harness();
  server.flushMs = 2_000;
  for (let i = 0; i < 12_000; i += 1) {
    request().record("meta", "events", 1);
    if (i % 250 === 249) await time.advance(10);
  }
  expect(server.requests.length).toBeGreaterThan(10);
  expect(server.opened).toBe(0);
});
