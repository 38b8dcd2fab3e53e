import { expect, test } from "vitest";

import type { AttemptResult } from "../../../src/client/attempt-result.ts";
import { ClientCounters } from "../../../src/client/client-counters.ts";
import { ReportQueue } from "../../../src/client/report-queue.ts";
import type { Attempt } from "../../../src/client/report-queue.ts";

const LIMITS = {
  flushAtTimings: 1_000,
  attemptExpiryMs: 10_000,
  maxReportAgeMs: 300_000,
  random: () => 0.5,
};
const ACKNOWLEDGED: AttemptResult = { kind: "acknowledged", rejected: {} };
const UNAVAILABLE: AttemptResult = { kind: "unavailable", detail: "away" };

function begun(queue: ReportQueue, now: number): Attempt {
  const attempt = queue.begin(now, false);
  if (attempt === undefined) throw new Error(`nothing was sent at ${now}`);
  return attempt;
}

/** A queue whose first report is in flight since 0, with one timing more in its buffer. */
function inFlight(): { queue: ReportQueue; counters: ClientCounters; first: Attempt } {
  const counters = new ClientCounters();
  const queue = new ReportQueue("meta", LIMITS, counters);
  queue.append("events", 1, 0, 0, true);
  const first = begun(queue, 0);
  queue.append("events", 2, 0, 0, true);
  return { queue, counters, first };
}

test("a late answer to an earlier report says nothing about the one under way", () => {
  const { queue, counters, first } = inFlight();
  const repeat = begun(queue, 10_000);
  queue.settle(first, ACKNOWLEDGED, 10_001, 0.5);
  const second = begun(queue, 10_002);
  expect(second.report.sequence).toBe(2);
  for (const result of [ACKNOWLEDGED, UNAVAILABLE]) queue.settle(repeat, result, 10_003, 0.5);
  expect(counters).toMatchObject({ acknowledged: 1, buffered: 1, failures: 0 });
  expect(queue.inFlight).toBe(true);
});

test("a late failure of an earlier attempt does not end the one under way", () => {
  const { queue, first } = inFlight();
  const repeat = begun(queue, 10_000);
  expect(repeat.report).toBe(first.report);
  queue.settle(first, UNAVAILABLE, 10_001, 0.5);
  expect(queue.inFlight).toBe(true);
  expect(queue.dueAt(2_000)).toBe(20_000);
});

test("nothing makes a second sending begin while one is under way", () => {
  const { queue, first } = inFlight();
  expect(queue.begin(9_999, true)).toBeUndefined();
  queue.settle(first, UNAVAILABLE, 9_999, 0.5);
  expect(queue.begin(9_999, false), "the backoff is running").toBeUndefined();
  expect(queue.begin(9_999, true)?.number).toBe(2);
});

function tallyOnly(): { queue: ReportQueue; counters: ClientCounters } {
  const counters = new ClientCounters();
  const queue = new ReportQueue("meta", LIMITS, counters);
  expect(queue.tally("denied", 3, 1_000)).toBe(true);
  expect(queue.tally("deniedUnreached", 2, 1_500), "there is one to report already").toBe(false);
  return { queue, counters };
}

test("decisions about permits are due like a timing, and reported without any", () => {
  const { queue, counters } = tallyOnly();
  expect(queue.dueAt(2_000)).toBe(3_000);
  const { report } = begun(queue, 3_000);
  expect(report.columns.durationUs.length).toBe(0);
  expect(report.columns.baseAt).toBe(0);
  expect(report.tally).toEqual({ denied: 3, allowedUnreached: 0, deniedUnreached: 2 });
  queue.append("events", 1, 0, 4_000, true);
  queue.tally("denied", 1, 3_500);
  queue.settle({ queue, report, number: 1 }, ACKNOWLEDGED, 4_500, 0.5);
  expect(queue.dueAt(2_000), "the older of both").toBe(5_500);
  const next = begun(queue, 5_500).report;
  expect(next.tally).toEqual({ denied: 1, allowedUnreached: 0, deniedUnreached: 0 });
  expect(next.columns.durationUs.length).toBe(1);
  expect(counters).toMatchObject({ acknowledged: 0, buffered: 1 });
});

test("a report without decisions does not speak of them", () => {
  expect(inFlight().first.report).not.toHaveProperty("tally");
});

test("a report without timings never gets too old, and is repeated as it was", () => {
  const { queue } = tallyOnly();
  const first = begun(queue, 3_000);
  queue.settle(first, UNAVAILABLE, 3_001, 0.5);
  queue.tally("denied", 7, 3_002);
  const repeat = begun(queue, 1_000_000);
  expect(repeat.report).toBe(first.report);
});

test("what a report that is given up says of permits goes into the next", () => {
  const { queue } = tallyOnly();
  const first = begun(queue, 3_000);
  queue.tally("denied", 4, 3_100);
  queue.settle(first, { kind: "invalid", detail: "no" }, 4_000, 0.5);
  const next = begun(queue, 6_000);
  expect(next.report).toMatchObject({
    sequence: 2,
    tally: { denied: 7, allowedUnreached: 0, deniedUnreached: 2 },
  });
  queue.settle(next, ACKNOWLEDGED, 6_001, 0.5);
  expect(queue.dueAt(2_000)).toBe(Number.POSITIVE_INFINITY);
});

test("a report says no more than the server takes, and leaves the rest for the next", () => {
  const counters = new ClientCounters();
  const queue = new ReportQueue("meta", LIMITS, counters);
  for (let i = 0; i < 150; i += 1) queue.tally("allowedUnreached", 10_000_000, 0);
  const first = begun(queue, 2_000);
  expect(first.report.tally?.allowedUnreached).toBe(1_000_000_000);
  queue.settle(first, ACKNOWLEDGED, 2_001, 0.5);
  expect(begun(queue, 4_000).report.tally?.allowedUnreached).toBe(500_000_000);
});
