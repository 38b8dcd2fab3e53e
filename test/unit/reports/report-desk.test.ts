import { describe, expect, test } from "vitest";
import { addDays } from "../../../src/reports/local-date.ts";
import { ReportDesk } from "../../../src/reports/report-desk.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";
import { MemoryReportSource } from "../../support/memory-report-source.ts";
import { busyDay, dailySlot, DAY, TIME_ZONE } from "../../support/report-world.ts";

const { leavesAt: nine, range } = dailySlot();

function desk(source: MemoryReportSource): ReportDesk {
  return new ReportDesk({
    tenant: "default",
    timetable: { timeZone: TIME_ZONE, hour: 9, daily: true, weekly: true },
    render: { language: "en", dashboardUrl: null },
    source,
    kindOf: defaultTargetKind,
  });
}

test("what is due comes with its mail, in the tenant's language and in others", async () => {
  const [report, ...more] = await desk(busyDay()).due(nine);
  expect(more).toEqual([]);
  expect(report).toMatchObject({ id: "daily:2026-11-20", period: "daily" });
  expect(report?.mail.subject).toContain("Daily report, 2026-11-20");
  expect(report?.mailIn("pt-BR").subject).toContain("Relatório diário, 20/11/2026");
  expect(report?.mail.json).toMatchObject({ id: "daily:2026-11-20", score: expect.closeTo(8) });
});

test("it is read once, however often it is asked for", async () => {
  const source = busyDay();
  const reports = desk(source);
  const [first] = await reports.due(nine);
  const reads = source.reads;
  expect(reads).toBeGreaterThan(0);
  const [again] = await reports.due(nine + 3 * 3_600_000);
  expect(again).toBe(first);
  expect(source.reads).toBe(reads);
});

test("the next one leaves a day later", () => {
  expect(desk(busyDay()).nextAt(nine)).toBe(nine + 86_400_000);
});

test("a report that cannot be read is an error now, and there later", async () => {
  const source = busyDay();
  const reports = desk(source);
  const readAlerts = source.readAlerts.bind(source);
  source.readAlerts = () => Promise.reject(new Error("D1_ERROR: network connection lost"));
  await expect(reports.due(nine)).rejects.toThrow("network connection lost");
  source.readAlerts = readAlerts;
  expect(await reports.due(nine)).toHaveLength(1);
});

describe("a new installation", () => {
  test("sends no report about a day before it", async () => {
    const source = new MemoryReportSource();
    source.timings.push({ target: "meta", at: range.to + 1, durationMs: 5 });
    expect(await desk(source).due(nine)).toEqual([]);
    source.timings.length = 0;
    expect(await desk(source).due(nine)).toEqual([]);
  });

  test("sends one about its first day, however short", async () => {
    const source = new MemoryReportSource();
    source.timings.push({ target: "meta", at: range.to - 1, durationMs: 5 });
    expect((await desk(source).due(nine)).map(({ id }) => id)).toEqual(["daily:2026-11-20"]);
  });
});

test("a silent day of what ran before is told: it says that there is no data", async () => {
  const source = new MemoryReportSource();
  source.timings.push({
    target: "meta",
    at: dailySlot(addDays(DAY, -5)).range.from,
    durationMs: 5,
  });
  const [report] = await desk(source).due(nine);
  expect(report?.mail.text).toContain("Data in 0 of 24 hours.");
  expect(report?.mail.subject).toContain("UNKNOWN");
});
