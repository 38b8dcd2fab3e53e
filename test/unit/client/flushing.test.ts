import { expect, test } from "vitest";

import { backoffMs } from "../../../src/client/backoff.ts";
import { harness, imbalance } from "./harness.ts";

test("timings wait 2 s before any answer, then as long as the last answer says", async () => {
  const { time, server, request } = harness();
  server.flushMs = 250;
  request().record("meta", "events", 1);
  await time.advance(1_000);
  request().record("meta", "events", 2);
  await time.advance(999);
  expect(server.requests.length).toBe(0);
  await time.advance(1);
  expect(server.requests.length).toBe(1);
  expect(request().stats()).toMatchObject({ acknowledged: 2, flushMs: 250 });

  request().record("meta", "events", 3);
  await time.advance(249);
  expect(server.requests.length).toBe(1);
  await time.advance(1);
  expect(server.requests.length).toBe(2);
});

test.each([
  [0, 50],
  [-5, 50],
  [49.9, 50],
  [700, 700],
  [60_001, 60_000],
  [Number.POSITIVE_INFINITY, 2_000],
  [Number.NaN, 2_000],
])("a server that says %d ms gets %d ms", async (told, kept) => {
  const { server, request } = harness();
  server.flushMs = told;
  request().record("meta", "events", 1);
  await request().flush();
  expect(request().stats().flushMs).toBe(kept);
});

test("one RPC carries all targets", async () => {
  const { time, server, request } = harness();
  for (const target of ["meta", "google", "tiktok"]) request().record(target, "events", 1);
  await time.advance(2_000);
  expect(server.requests.map((one) => one.reports.map((report) => report.target))).toEqual([
    ["meta", "google", "tiktok"],
  ]);
});

test("a full buffer is sent at once, alone", async () => {
  const { time, server, request } = harness();
  request().record("google", "events", 1);
  for (let i = 0; i < 1_000; i += 1) request().record("meta", "events", 1);
  await time.settle();
  expect(server.requests.length).toBe(1);
  expect(server.requests[0]?.reports.map((report) => report.target)).toEqual(["meta"]);
  expect(request().stats()).toMatchObject({ acknowledged: 1_000, buffered: 1 });
});

test("one timer and one waitUntil serve many requests", async () => {
  const { time, kept, request } = harness();
  for (let i = 0; i < 500; i += 1) request().record("meta", "events", 1);
  expect(kept.length).toBe(1);
  expect(time.delays).toEqual([2_000]);
  await time.advance(2_000);
  await Promise.all(kept);
  expect(time.delays, "nothing keeps an idle request alive").toEqual([]);
});

test("the timer of a dead request is taken over by the first record after it was due", async () => {
  const { time, server, request } = harness();
  request().record("meta", "events", 1);
  time.kill(() => true);
  await time.advance(1_999);
  request().record("meta", "events", 2);
  await time.advance(500);
  expect(server.requests.length).toBe(0);
  request().record("meta", "events", 3);
  await time.settle();
  expect(server.requests.length).toBe(1);
  expect(request().stats().acknowledged).toBe(3);
});

test("while a report is under way new timings wait, and go with the next sequence", async () => {
  const { time, server, request } = harness({ flushAtTimings: 3 });
  server.fates = [{ kind: "answer_late", delayMs: 1_000 }];
  for (let i = 1; i <= 8; i += 1) request().record("meta", "events", i);
  await time.advance(999);
  expect(server.requests.length, "one report per target at a time").toBe(1);
  await time.advance(1);
  expect(
    server.requests.map((one) => [
      one.reports[0]?.sequence,
      [...(one.reports[0]?.columns.durationUs ?? [])],
    ]),
  ).toEqual([
    [1, [1_000, 2_000, 3_000]],
    [2, [4_000, 5_000, 6_000, 7_000, 8_000]],
  ]);
});

test("a stuck target does not hold up another", async () => {
  const { time, server, request } = harness();
  server.fates = [{ kind: "lose_request" }];
  request().record("meta", "events", 1);
  await time.advance(2_000);
  request().record("google", "events", 2);
  await time.advance(2_000);
  expect(server.requests.map((one) => one.reports[0]?.target)).toEqual(["meta", "google"]);
});

test("an unacknowledged report is repeated as it was, later and later", async () => {
  const { time, server, request } = harness();
  const sentAt: number[] = [];
  const start = time.now;
  server.fates = Array.from({ length: 4 }, () => ({ kind: "unavailable" as const }));
  request().record("meta", "events", 1);
  for (let ms = 0; ms < 12_000; ms += 5) {
    const before = server.requests.length;
    await time.advance(5);
    if (server.requests.length > before) sentAt.push(time.now - start);
  }
  // 2,000 and then backoffs of 500, 1,000, 2,000 and 4,000, each times 0.75 with this jitter.
  expect(sentAt).toEqual([2_000, 2_375, 3_125, 4_625, 7_625]);
  expect(new Set(server.requests.map((one) => one.reports[0])).size).toBe(1);
  expect(request().stats()).toMatchObject({ acknowledged: 1, retries: 4, buffered: 0 });
});

test("backoff doubles from 500 ms to 30 s, and its upper half is random", () => {
  expect([1, 2, 3, 7, 8, 2_000].map((attempts) => backoffMs(attempts, 0))).toEqual([
    250, 500, 1_000, 15_000, 15_000, 15_000,
  ]);
  expect(backoffMs(1, 0.5)).toBe(375);
  expect(backoffMs(2_000, 0.999)).toBeLessThan(30_000);
});

test("a report without an answer is repeated after its deadline, and a late answer counts", async () => {
  const { time, server, request } = harness();
  server.fates = [{ kind: "answer_late", delayMs: 5_200 }];
  request().record("meta", "events", 1);
  await time.advance(2_000 + 5_000);
  expect(request().stats()).toMatchObject({ acknowledged: 0, buffered: 1, failures: 1 });
  await time.advance(200);
  expect(request().stats()).toMatchObject({ acknowledged: 1, buffered: 0, retries: 0 });
  await time.advance(60_000);
  expect(server.requests.length).toBe(1);
});

test("a report whose request died is repeated by another request after 10 s", async () => {
  const { time, server, request } = harness();
  server.fates = [{ kind: "lose_answer" }];
  request().record("meta", "events", 1);
  await time.advance(2_000);
  time.kill(() => true);
  await time.advance(9_900);
  request().record("google", "events", 2);
  expect(server.requests.length).toBe(1);
  await time.advance(100);
  request().record("google", "events", 3);
  await time.settle();
  expect(server.requests[1]?.reports[0]).toEqual(server.requests[0]?.reports[0]);
  expect(server.duplicates).toBe(1);
  await time.advance(2_000);
  expect(request().stats()).toMatchObject({ acknowledged: 3, buffered: 0, givenUp: 0 });
});

test("an invalid report is given up without a repeat, the others of its RPC are not", async () => {
  const { time, server, request } = harness();
  server.fates = [{ kind: "invalid_one" }];
  request().record("meta", "events", 1);
  request().record("google", "events", 2);
  await time.advance(60_000);
  expect(server.requests.length).toBe(1);
  expect(request().stats()).toMatchObject({ acknowledged: 1, givenUp: 1, fateUnknown: 0 });
  request().record("meta", "events", 3);
  await time.advance(2_000);
  expect(server.requests[1]?.reports[0]).toMatchObject({ sequence: 2, givenUp: 1 });
});

test("a report is given up five minutes after its newest timing, with its fate unknown", async () => {
  const { time, server, request } = harness();
  const start = time.now;
  server.fates = Array.from({ length: 100 }, () => ({ kind: "throw" as const }));
  request().record("meta", "events", 1);
  await time.advance(10_000);
  let sends = 0;
  while (request().stats().givenUp === 0 && time.now < start + 400_000) {
    sends = server.requests.length;
    request().record("meta", "events", 2);
    await time.advance(1_000);
  }
  // The backoff is at most 30 s, so that is when the next sending would have been.
  expect(time.now - start).toBeGreaterThan(300_000);
  expect(time.now - start).toBeLessThan(331_000);
  expect(sends, "300 s at most 30 s apart").toBeGreaterThan(10);
  expect(request().stats()).toMatchObject({ givenUp: 1, fateUnknown: 1 });
  expect(imbalance(request().stats())).toBe(0);
  server.fates = [];
  await request().flush();
  expect(server.requests.at(-1)?.reports[0]).toMatchObject({ sequence: 2, givenUp: 1 });
  expect(request().stats().buffered).toBe(0);
});

test("what the server rejects is acknowledged and shown by reason", async () => {
  const { server, request } = harness();
  const rejected = { too_old: 2, bad_time: 1 };
  const result = { ok: true, target: "meta", accepted: 0, duplicate: false, rejected };
  server.fates = [{ kind: "garbage", answer: { ok: true, flushMs: 250, results: [result] } }];
  for (let i = 0; i < 3; i += 1) request().record("meta", "events", 1);
  await request().flush();
  expect(request().stats()).toMatchObject({ acknowledged: 3, rejected, buffered: 0 });
});

test("flush waits for what this request has under way, then sends the rest", async () => {
  const { time, server, request } = harness({ flushAtTimings: 3 });
  server.fates = [{ kind: "answer_late", delayMs: 300 }];
  const tacho = request();
  for (let i = 0; i < 5; i += 1) tacho.record("meta", "events", 1);
  let done = false;
  const flushed = tacho.flush().then(() => (done = true));
  await time.advance(299);
  expect(done).toBe(false);
  await time.advance(1);
  await flushed;
  expect(tacho.stats()).toMatchObject({ acknowledged: 5, buffered: 0 });
});

test("flush repeats once without waiting for the backoff, and ends although the server is away", async () => {
  const { time, server, request } = harness();
  server.fates = Array.from({ length: 9 }, () => ({ kind: "throw" as const }));
  request().record("meta", "events", 1);
  await time.advance(2_000);
  await request().flush();
  expect(server.requests.length).toBe(2);
  expect(request().stats()).toMatchObject({ buffered: 1, retries: 1 });
});

test("a request with nothing new is not kept alive for repeats beyond 20 s", async () => {
  const { time, server, request } = harness();
  server.fates = Array.from({ length: 99 }, () => ({ kind: "throw" as const }));
  request().record("meta", "events", 1);
  await time.advance(25_000);
  expect(time.delays).toEqual([]);
  const before = server.requests.length;
  await time.advance(60_000);
  expect(server.requests.length).toBe(before);
  request().record("google", "events", 1);
  await time.settle();
  expect(server.requests.length, "the next request takes over").toBe(before + 1);
});
