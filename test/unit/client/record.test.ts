import { expect, test } from "vitest";

import { tachograph } from "../../../src/client/index.ts";
import type { Outcome, TachographBinding } from "../../../src/client/index.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { RejectionReason } from "../../../src/wire/report.ts";
import { MEASURES } from "../../../src/measures.ts";
import { columnsProblem } from "../../../src/merge/validate-columns.ts";
import {
  MAX_REPORT_MEASURES,
  MAX_REPORT_OPERATIONS,
  MAX_REPORT_TIMINGS,
} from "../../../src/wire/timing-columns.ts";
import { harness, imbalance } from "./harness.ts";

test("a report carries what was recorded: microseconds, offsets, dictionary, outcome bytes", async () => {
  const { time, server, request } = harness();
  const at = time.now;
  const tacho = request();
  tacho.record("meta", "events", 183.2, "ok");
  time.now += 40;
  tacho.record("meta", "batch", 0, "rate_limited");
  time.now += 2;
  tacho.record("meta", "events", 600_000, "timeout");
  await tacho.flush();

  expect(server.requests).toEqual([
    {
      reporter: "iso-test",
      reports: [
        {
          target: "meta",
          sequence: 1,
          givenUp: 0,
          columns: {
            operations: ["events", "batch"],
            baseAt: at,
            durationUs: Int32Array.of(183_200, 0, 600_000_000),
            atOffsetMs: Int32Array.of(0, 40, 42),
            operationIndex: Uint8Array.of(0, 1, 0),
            outcome: Uint8Array.of(
              0,
              OUTCOMES.indexOf("rate_limited"),
              OUTCOMES.indexOf("timeout"),
            ),
          },
        },
      ],
    },
  ]);
  const durationUs = server.requests[0]?.reports[0]?.columns.durationUs;
  expect(durationUs?.buffer.byteLength, "no spare memory crosses the RPC").toBe(12);
});

test("numbers beside timings travel with them, and are sent once", async () => {
  const { server, request } = harness();
  const tacho = request();
  tacho.record("d1", "users", 3, "ok", { rowsRead: 7, waitMs: 1.5 });
  tacho.record("d1", "users", 3);
  tacho.record("d1", "users", 3, "error", { sizeBytes: 900, value: undefined });
  tacho.record("d1", "users", 3, "ok", { rowsRead: -1 });
  await tacho.flush();
  tacho.record("d1", "users", 3);
  await tacho.flush();

  const [first, second] = server.requests.map(({ reports }) => reports[0]?.columns);
  expect(first?.measures).toEqual({
    timing: Int32Array.of(0, 0, 2),
    code: Uint8Array.of(0, 3, 6),
    value: Float64Array.of(7, 1.5, 900),
  });
  expect(second?.measures).toBeUndefined();
  expect(tacho.stats().refused).toEqual({ bad_measure: 1 });
  expect(imbalance(tacho.stats())).toBe(0);
});

test("what the binding threw is what the statistics tell last", async () => {
  const binding: TachographBinding = {
    report: () => Promise.reject(new Error("no such service")),
    permit: ({ target }) => Promise.resolve({ kind: "unlimited", target }),
  };
  const tacho = tachograph(binding, { waitUntil: () => undefined });
  tacho.record("meta", "events", 1);
  await tacho.flush();
  expect(tacho.stats().lastFailure).toContain("no such service");
});

const refusals: [RejectionReason, unknown, unknown, unknown, unknown][] = [
  ["bad_target", "Meta", "events", 1, "ok"],
  ["bad_target", "", "events", 1, "ok"],
  ["bad_target", undefined, "events", 1, "ok"],
  ["bad_target", { toString: () => "meta" }, "events", 1, "ok"],
  ["bad_target", "m".repeat(1_000_000), "events", 1, "ok"],
  ["bad_operation", "meta", "a b", 1, "ok"],
  ["bad_operation", "meta", "*", 1, "ok"],
  ["bad_operation", "meta", null, 1, "ok"],
  ["bad_operation", "meta", "line\nbreak", 1, "ok"],
  ["bad_duration", "meta", "events", Number.NaN, "ok"],
  ["bad_duration", "meta", "events", -1, "ok"],
  ["bad_duration", "meta", "events", 600_000.001, "ok"],
  ["bad_duration", "meta", "events", Number.POSITIVE_INFINITY, "ok"],
  ["bad_duration", "meta", "events", "12", "ok"],
  ["bad_duration", "meta", "events", 12n, "ok"],
  ["bad_duration", "meta", "events", Symbol("12"), "ok"],
  ["bad_outcome", "meta", "events", 1, "fine"],
  ["bad_outcome", "meta", "events", 1, "toString"],
  ["bad_outcome", "meta", "events", 1, null],
];

test.each(refusals)("%s is counted and never thrown (%#)", async (reason, ...args) => {
  const { server, request } = harness();
  const tacho = request();
  tacho.record(...(args as [string, string, number, Outcome]));
  await tacho.flush();
  const stats = tacho.stats();
  expect(stats.refused).toEqual({ [reason]: 1 });
  expect(stats.recorded).toBe(1);
  expect(imbalance(stats)).toBe(0);
  expect(server.requests).toEqual([]);
});

test("every outcome of the list is taken, and none means ok", async () => {
  const { server, request } = harness();
  const tacho = request();
  for (const outcome of OUTCOMES) tacho.record("cache", "l1", 1, outcome);
  tacho.record("cache", "l1", 1);
  await tacho.flush();
  expect([...(server.requests[0]?.reports[0]?.columns.outcome ?? [])]).toEqual([
    0, 1, 2, 3, 4, 5, 0,
  ]);
});

test("targets beyond the cap are refused, known ones are not", () => {
  const { request } = harness();
  const tacho = request();
  for (let i = 0; i < 70; i += 1) tacho.record(`target-${i}`, "events", 1);
  tacho.record("target-0", "events", 1);
  expect(tacho.stats()).toMatchObject({ buffered: 65, refused: { too_many_targets: 6 } });
});

test("operations beyond the dictionary become other, and a full dictionary is sent at once", async () => {
  const { time, server, request } = harness();
  const tacho = request();
  for (let i = 0; i < MAX_REPORT_OPERATIONS - 1; i += 1) tacho.record("d1", `query-${i}`, 1);
  await time.settle();
  expect(server.requests.length, "sent without waiting for the interval").toBe(1);
  expect(tacho.stats().acknowledged).toBe(MAX_REPORT_OPERATIONS - 1);

  server.fates = [{ kind: "answer_late", delayMs: 1_000 }];
  tacho.record("d1", "first", 1);
  void tacho.flush();
  await time.settle();
  for (let i = 0; i < 300; i += 1) tacho.record("d1", `query-${i}`, 1);
  await time.advance(10_000);
  const columns = server.requests[2]?.reports[0]?.columns;
  expect(columns?.operations.length).toBe(MAX_REPORT_OPERATIONS);
  expect(columns?.operations.at(-1)).toBe("other");
  expect(columns?.operationIndex.filter((index) => index === 255).length).toBe(45);
});

test("beyond the cap the newest timings are given up, and the next report says how many", async () => {
  const { time, server, request } = harness({ maxBufferedTimings: 128, flushAtTimings: 100 });
  const tacho = request();
  server.fates = [{ kind: "throw" }];
  // 64 targets reserve one timing each, so one target alone has room for 64.
  for (let i = 1; i <= 80; i += 1) tacho.record("meta", "events", i);
  expect(tacho.stats()).toMatchObject({ recorded: 80, buffered: 64, givenUp: 16 });
  await time.advance(60_000);
  tacho.record("meta", "events", 81);
  await time.advance(60_000);
  expect(tacho.stats()).toMatchObject({ acknowledged: 65, buffered: 0, givenUp: 16 });
  const sent = server.requests.map((one) => one.reports[0]);
  expect(sent.map((report) => [report?.sequence, report?.givenUp])).toEqual([
    [1, 16],
    [1, 16],
    [2, 0],
  ]);
  expect(sent[0]?.columns.durationUs.at(-1), "the oldest stay").toBe(64_000);
});

test("targets that are stuck leave room for a healthy one", async () => {
  const { request } = harness({ maxBufferedTimings: 1_280 });
  const tacho = request();
  for (let i = 0; i < 1_280; i += 1) tacho.record("stuck", "events", 1);
  tacho.record("healthy", "events", 1);
  expect(tacho.stats().buffered).toBe(1_280 - 64 * 10 + 1);
});

test("one report carries at most its share, whatever the buffer's cap", async () => {
  const { server, request } = harness({
    flushAtTimings: Number.POSITIVE_INFINITY,
    maxBufferedTimings: 50_000,
  });
  const tacho = request();
  for (let i = 0; i < MAX_REPORT_TIMINGS + 7; i += 1) tacho.record("meta", "events", 1);
  expect(tacho.stats()).toMatchObject({ buffered: MAX_REPORT_TIMINGS, givenUp: 7 });
  await tacho.flush();
  expect(server.requests[0]?.reports[0]?.columns.durationUs.length).toBe(MAX_REPORT_TIMINGS);
});

test("one report carries at most its share of numbers, and timings without any still fit", async () => {
  const { server, request } = harness({
    flushAtTimings: Number.POSITIVE_INFINITY,
    maxBufferedTimings: 50_000,
  });
  const tacho = request();
  const measures = Object.fromEntries(MEASURES.map(({ name }) => [name, 1]));
  const timings = Math.floor(MAX_REPORT_MEASURES / MEASURES.length);
  for (let i = 0; i < timings + 3; i += 1) tacho.record("d1", "users", 1, "ok", measures);
  expect(tacho.stats()).toMatchObject({ buffered: timings, givenUp: 3 });
  for (let i = 0; i < 5; i += 1) tacho.record("d1", "users", 1);
  expect(tacho.stats()).toMatchObject({ buffered: timings + 5, givenUp: 3 });
  await tacho.flush();
  tacho.record("d1", "users", 1, "ok", measures);
  await tacho.flush();
  const sent = server.requests.map(({ reports }) => reports[0]?.columns);
  expect(sent.map((columns) => columns?.measures?.code.length)).toEqual([
    timings * MEASURES.length,
    MEASURES.length,
  ]);
  expect(sent.map((columns) => columns && columnsProblem(columns))).toEqual([undefined, undefined]);
});

const brokenBindings: [string, unknown][] = [
  [
    "throws",
    {
      report: () => {
        throw new Error("no");
      },
    },
  ],
  ["rejects with no error", { report: () => Promise.reject(new Map()) }],
  ["is missing", undefined],
  ["is a string", "binding"],
  ["has no report", {}],
  ["answers nonsense", { report: async () => ({ ok: true, results: "many", flushMs: "soon" }) }],
];

test.each(brokenBindings)("a binding that %s harms nobody and is counted", async (_, binding) => {
  const { time } = harness();
  const tacho = tachograph(
    binding as TachographBinding,
    { waitUntil: () => {} },
    { clock: time.clock, timer: time.timer },
  );
  const before = tacho.stats();
  tacho.record("meta", "events", 1);
  await tacho.flush();
  const stats = tacho.stats();
  expect(stats.recorded - before.recorded).toBe(1);
  expect(stats.acknowledged).toBe(0);
  expect(stats.failures).toBeGreaterThan(before.failures);
  expect(stats.lastFailure).toEqual(expect.any(String));
  expect(stats.flushMs).toBe(2_000);
  expect(imbalance(stats)).toBe(0);
});

test("a context that throws harms nobody, and the timings are still sent", async () => {
  const { time, server } = harness();
  const waitUntil = (): void => {
    throw new Error("this request is over");
  };
  const tacho = tachograph(server, { waitUntil }, { clock: time.clock, timer: time.timer });
  tacho.record("meta", "events", 1);
  await time.advance(2_000);
  expect(tacho.stats()).toMatchObject({ acknowledged: 1, buffered: 0 });
  expect(tacho.stats().failures).toBeGreaterThan(0);
});

test("clocks and timers that throw harm nobody", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const { request } = harness({ clock: fail, stopwatch: fail });
  const tacho = request();
  tacho.record("meta", "events", 1);
  expect(await tacho.time("meta", "events", () => 7)).toBe(7);
  await tacho.flush();
  expect(tacho.stats()).toMatchObject({ refused: { bad_time: 1, bad_duration: 1 }, recorded: 2 });

  const other = harness({ timer: fail });
  other.request().record("meta", "events", 1);
  await other.request().flush();
  expect(other.request().stats()).toMatchObject({ acknowledged: 1, buffered: 0 });
});

test("requests of one isolate share one buffer per binding; two bindings share none", async () => {
  const one = harness();
  const other = harness();
  one.request().record("meta", "events", 1);
  one.request().record("meta", "events", 2);
  other.request().record("meta", "events", 3);
  expect(one.request().stats().buffered).toBe(2);
  expect(other.request().stats().buffered).toBe(1);
});

test("the default reporter is a valid name and differs from isolate to isolate", async () => {
  const names = new Set<string>();
  for (let i = 0; i < 20; i += 1) {
    const { server } = harness();
    const tacho = tachograph(server, { waitUntil: () => {} });
    tacho.record("meta", "events", 1);
    await tacho.flush();
    names.add(server.requests[0]?.reporter ?? "none");
  }
  expect(names.size).toBe(20);
  for (const name of names) expect(name).toMatch(/^iso-[0-9a-f]{16}$/);
});
