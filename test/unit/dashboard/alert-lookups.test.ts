import { expect, test } from "vitest";
import { filteredAlerts } from "../../../dashboard/src/cards/alerts/past/history-filter.ts";
import {
  historyLine,
  minuteRequests,
} from "../../../dashboard/src/cards/alerts/trial/history-line.ts";
import { trialSpan } from "../../../dashboard/src/cards/alerts/trial/trial-request.ts";
import { valueText } from "../../../dashboard/src/cards/alerts/value-text.ts";
import { whereInHistory } from "../../../dashboard/src/cards/alerts/where-in-history.ts";
import { Format, NOTHING } from "../../../dashboard/src/i18n/format.ts";
import { anAlert } from "./support/an-alert.ts";

const NOW = 1_795_290_000_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

test("an alert that ended is looked for from when its id says that it began", () => {
  const began = NOW - 20 * DAY_MS;
  const id = `${began.toString(36)}-7-b1ec1f6e`;
  expect(whereInHistory(id, NOW)).toEqual({ from: began, to: began + 7 * DAY_MS + 1 });
});

test("an alert of today is looked for until now", () => {
  const began = NOW - 1000;
  expect(whereInHistory(`${began.toString(36)}-7`, NOW)).toEqual({ from: began, to: NOW + 1 });
});

test.each(["dispatcher-stalled-mwqsnx90", "nonsense", "zzzzzzzzz-1-ab", "", "0-0-0"])(
  "an id that says nothing, as %j, is looked for in the last 30 days",
  (id) => {
    expect(whereInHistory(id, NOW)).toEqual({ from: NOW - 30 * DAY_MS, to: NOW + 1 });
  },
);

test("each word of the filter has to be in the rule, the target, the operation or the severity", () => {
  const alerts = [
    anAlert({ id: "a" }),
    anAlert({ id: "b", target: "google", severity: "CRITICAL" }),
    anAlert({ id: "c", target: "d1", operation: "meta-sync", rule: "d1-slow" }),
  ];
  const ids = (filter: string): string[] => filteredAlerts(alerts, filter).map(({ id }) => id);
  expect(ids("")).toEqual(["a", "b", "c"]);
  expect(ids("META")).toEqual(["a", "c"]);
  expect(ids("meta  error")).toEqual(["a"]);
  expect(ids("critical google")).toEqual(["b"]);
  expect(ids("critical meta")).toEqual([]);
});

test("a week by the minute is asked for in parts that the server answers, without gap or double", () => {
  const { from, to } = trialSpan("7d", NOW);
  const parts = minuteRequests(from, to);
  expect(parts[0]?.from).toBe(from);
  expect(parts.at(-1)?.to).toBe(to);
  for (const [index, part] of parts.entries()) {
    expect((part.to - part.from) / MINUTE_MS).toBeLessThanOrEqual(10_000);
    if (index > 0) expect(part.from).toBe(parts[index - 1]?.to);
  }
  expect(minuteRequests(NOW, NOW + MINUTE_MS)).toEqual([{ from: NOW, to: NOW + MINUTE_MS }]);
});

test("a rule is tried on whole minutes that are over, and on none that may be gone", () => {
  const { from, to } = trialSpan("7d", NOW + 30_500);
  expect(to).toBe(NOW);
  expect(from % MINUTE_MS).toBe(0);
  expect(from).toBeGreaterThan(NOW + 30_500 - 7 * DAY_MS);
  expect(trialSpan("1h", NOW).from).toBe(NOW - 60 * MINUTE_MS);
});

const point = {
  at: NOW,
  stepMs: MINUTE_MS,
  coveredMs: MINUTE_MS,
  count: 10,
  perSecond: 1,
  ok: 6,
  error: 1,
  timeout: 1,
  rateLimited: 2,
  hit: 3,
  miss: 1,
  errorRate: 0.2,
  minMs: 1,
  meanMs: 2,
  maxMs: 9,
  p50Ms: 3,
  p90Ms: 4,
  p95Ms: 5,
  p99Ms: 6,
  p999Ms: 7,
  measures: {
    rowsRead: { count: 2, sum: 8, mean: 4 },
    sizeBytes: { count: 1, last: 99, lastAt: NOW },
  },
};
const empty = { ...point, count: 0, hit: 0, miss: 0, measures: {} };

test.each([
  [{ metric: "latency" }, 5, 5],
  [{ metric: "latency", percentile: 99.9 }, 7, 7],
  [{ metric: "meanLatency" }, 2, 2],
  [{ metric: "errorRate" }, 0.2, null],
  [{ metric: "rateLimitedRate" }, 0.2, null],
  [{ metric: "hitRate" }, 0.75, null],
  [{ metric: "meanMeasure", measure: "rowsRead" }, 4, null],
  [{ metric: "lastMeasure", measure: "sizeBytes" }, 99, null],
] as const)(
  "the line of %j is the minute's own number, and none where there is none",
  (rule, value, none) => {
    expect(historyLine(rule)?.(point)).toBe(value);
    expect(historyLine(rule)?.(empty)).toBe(none);
  },
);

test.each([
  { metric: "throughput" },
  { metric: "budgetBurn" },
  { metric: "noData" },
  { metric: "latency", percentile: 75 },
] as const)("there is no line of %j", (rule) => {
  expect(historyLine(rule)).toBeUndefined();
});

test("values are told in their units", () => {
  const [en, ptBr] = [new Format("en"), new Format("pt-BR")];
  expect(valueText(en, 1234, { unit: "Ms", metric: "latency" })).toBe("1,234 ms");
  expect(valueText(en, 900_000, { unit: "Ms", metric: "noData" })).toBe("15 min");
  expect(valueText(ptBr, 0.125, { unit: "Rate", metric: "errorRate" })).toBe("12,5 %");
  expect(valueText(ptBr, 14.4, { unit: "Ratio", metric: "budgetBurn" })).toBe("14,4 ×");
  expect(valueText(en, 5, { unit: "Count", metric: "consecutiveErrors" })).toBe("5");
  const measured = (measure: "sizeBytes" | "waitMs" | "failing" | "value", value: number): string =>
    valueText(en, value, { unit: "Value", metric: "lastMeasure", measure });
  expect(measured("sizeBytes", 2_500_000)).toBe("2.50 MB");
  expect(measured("waitMs", 80)).toBe("80.0 ms");
  expect(measured("failing", 1)).toBe("1");
  expect(measured("value", 0.925)).toBe("0.93");
  expect(valueText(en, null, { unit: "Ms", metric: "latency" })).toBe(NOTHING);
});
