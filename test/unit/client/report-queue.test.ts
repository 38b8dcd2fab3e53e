import { expect, test } from "vitest";

import type { AttemptResult } from "../../../src/client/attempt-result.ts";
import { ClientCounters } from "../../../src/client/client-counters.ts";
import { ReportQueue } from "../../../src/client/report-queue.ts";
import type { Attempt } from "../../../src/client/report-queue.ts";

const LIMITS = { flushAtTimings: 1_000, attemptExpiryMs: 10_000, maxReportAgeMs: 300_000 };
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
