import { buildReport } from "../../src/reports/build-report.ts";
import { addDays, type LocalDate } from "../../src/reports/local-date.ts";
import { readReportInput } from "../../src/reports/report-input.ts";
import { type ReportSlot, ReportTimetable } from "../../src/reports/report-timetable.ts";
import type { PeriodReport } from "../../src/reports/report.ts";
import { defaultTargetKind } from "../../src/target-kind.ts";
import { MemoryReportSource } from "./memory-report-source.ts";

export const TIME_ZONE = "America/Sao_Paulo";

export const TIMETABLE = new ReportTimetable({
  timeZone: TIME_ZONE,
  hour: 9,
  daily: true,
  weekly: true,
});

/** A Friday. */
export const DAY: LocalDate = { year: 2026, month: 11, day: 20 };

export function dailySlot(date = DAY): ReportSlot {
  const slot = TIMETABLE.daily(date);
  if (slot === undefined) throw new Error("no such day");
  return slot;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A day with a bit of everything, a quieter one before it, and something before that. */
export function busyDay(): MemoryReportSource {
  const source = new MemoryReportSource();
  const { from } = dailySlot().range;
  const before = dailySlot(addDays(DAY, -1)).range.from;
  source.existsSince = before - HOUR_MS;
  const hour = (index: number): number => from + index * HOUR_MS + 7 * MINUTE_MS;
  source.timings.push(
    // 1000 calls: 940 at 40 ms, 60 at 150 ms, so the median is 40 and the 95th percentile 150.
    { at: hour(8), target: "worker", operation: "track", durationMs: 40, count: 940 },
    { at: hour(9), target: "worker", operation: "track", durationMs: 150, count: 60 },
    { at: before, target: "worker", operation: "track", durationMs: 80, count: 800 },
    // 200 calls, of which 24 failed and 10 met the limit.
    { at: hour(8), target: "meta", operation: "events", durationMs: 400, count: 166 },
    ...(["error", "timeout"] as const).map((outcome) => ({
      at: hour(10),
      target: "meta",
      operation: "events",
      durationMs: 900,
      outcome,
      count: 12,
    })),
    {
      at: hour(11),
      target: "meta",
      operation: "events",
      durationMs: 20,
      outcome: "rate_limited",
      count: 10,
    },
    { at: before, target: "meta", operation: "events", durationMs: 300, count: 100 },
    // Silent today.
    { at: before, target: "google", operation: "click", durationMs: 100, count: 50 },
    { at: hour(8), target: "d1", operation: "select_leads", durationMs: 620, count: 3 },
    { at: hour(8), target: "d1", operation: "insert_event", durationMs: 8, count: 97 },
    { at: hour(8), target: "cache", operation: "l1", durationMs: 1, outcome: "hit", count: 90 },
    { at: hour(8), target: "cache", operation: "l1", durationMs: 1, outcome: "miss", count: 10 },
    { at: hour(8), target: "cache", operation: "l2", durationMs: 5, outcome: "hit", count: 5 },
    { at: hour(8), target: "cache", operation: "l2", durationMs: 5, outcome: "miss", count: 5 },
  );
  const alert = { target: "meta", operation: "*" } as const;
  source.alerts.push(
    {
      ...alert,
      id: "a1",
      rule: "error-rate-critical",
      severity: "CRITICAL",
      firedAt: hour(10),
      resolvedAt: hour(10) + 35 * MINUTE_MS,
    },
    {
      ...alert,
      id: "a2",
      rule: "error-rate-critical",
      severity: "CRITICAL",
      firedAt: hour(14),
      resolvedAt: hour(14) + 5 * MINUTE_MS,
    },
    // Since the evening before, and still there at the end.
    {
      ...alert,
      id: "a3",
      rule: "platform-latency",
      severity: "HIGH",
      firedAt: from - 2 * HOUR_MS,
      resolvedAt: null,
    },
  );
  return source;
}

export async function reportOf(
  source: MemoryReportSource,
  slot = dailySlot(),
  nowMs = slot.leavesAt,
): Promise<PeriodReport> {
  const input = await readReportInput(source, {
    tenant: "default",
    timeZone: TIME_ZONE,
    slot,
    nowMs,
    kindOf: defaultTargetKind,
  });
  return buildReport(input);
}
