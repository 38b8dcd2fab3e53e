import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  dayNumber,
  formatDate,
  type IsoWeek,
  type LocalDate,
  mondayOfWeek,
  parseDate,
  parseWeek,
} from "../../../src/reports/local-date.ts";
import {
  MAX_LATE_MS,
  type ReportSlot,
  ReportTimetable,
} from "../../../src/reports/report-timetable.ts";
import { seedOf } from "../../support/seeded.ts";
import { wallFormat, wallText } from "../../support/wall-clock.ts";

const seed = seedOf("report timetable", process.env["SEED"]);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SAO_PAULO = { timeZone: "America/Sao_Paulo", hour: 9, daily: true, weekly: true };

function date(text: string): LocalDate {
  const parsed = parseDate(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function week(text: string): IsoWeek {
  const parsed = parseWeek(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const ids = (slots: readonly ReportSlot[]): string[] => slots.map(({ id }) => id);

describe("in São Paulo, three hours behind UTC", () => {
  const timetable = new ReportTimetable(SAO_PAULO);
  /** Monday. */
  const nine = Date.UTC(2026, 10, 23, 12);

  test("the day and the week before leave on Monday at nine", () => {
    expect(ids(timetable.due(nine - 1))).toEqual(["daily:2026-11-21"]);
    expect(ids(timetable.due(nine))).toEqual(["daily:2026-11-22", "weekly:2026-W47"]);
    expect(timetable.nextAt(nine - 1)).toBe(nine);
    expect(timetable.nextAt(nine)).toBe(nine + DAY_MS);
  });

  test("each covers its local days, held against those before", () => {
    const midnight = nine - 9 * HOUR_MS;
    expect(timetable.due(nine)).toMatchObject([
      {
        label: "2026-11-22",
        range: { from: midnight - DAY_MS, to: midnight },
        before: { from: midnight - 2 * DAY_MS, to: midnight - DAY_MS },
        leavesAt: nine,
      },
      {
        label: "2026-W47",
        days: { first: date("2026-11-16"), last: date("2026-11-22") },
        range: { from: midnight - 7 * DAY_MS, to: midnight },
        before: { from: midnight - 14 * DAY_MS, to: midnight - 7 * DAY_MS },
        leavesAt: nine,
      },
    ]);
  });

  test("what is three hours late still leaves, what is a day late does not", () => {
    expect(ids(timetable.due(nine + 3 * HOUR_MS))).toContain("weekly:2026-W47");
    expect(ids(timetable.due(nine + MAX_LATE_MS - 1))).toContain("weekly:2026-W47");
    expect(ids(timetable.due(nine + MAX_LATE_MS))).toEqual(["daily:2026-11-23"]);
  });

  test("only what is wanted leaves", () => {
    const none = new ReportTimetable({ ...SAO_PAULO, daily: false, weekly: false });
    expect(none.due(nine)).toEqual([]);
    expect(none.nextAt(nine)).toBeNull();
    const weekly = new ReportTimetable({ ...SAO_PAULO, daily: false });
    expect(ids(weekly.due(nine))).toEqual(["weekly:2026-W47"]);
    expect(weekly.nextAt(nine)).toBe(nine + 7 * DAY_MS);
    expect(ids(new ReportTimetable({ ...SAO_PAULO, weekly: false }).due(nine))).toEqual([
      "daily:2026-11-22",
    ]);
  });
});

test("a day that is 23 or 25 hours long is covered whole, and so is its week", () => {
  const timetable = new ReportTimetable({ ...SAO_PAULO, timeZone: "America/New_York" });
  const lengthOf = (slot: ReportSlot | undefined): number =>
    slot === undefined ? 0 : (slot.range.to - slot.range.from) / HOUR_MS;
  expect(lengthOf(timetable.daily(date("2026-03-08")))).toBe(23);
  expect(lengthOf(timetable.daily(date("2026-11-01")))).toBe(25);
  expect(lengthOf(timetable.weekly(week("2026-W10")))).toBe(7 * 24 - 1);
  expect(lengthOf(timetable.weekly(week("2026-W44")))).toBe(7 * 24 + 1);
});

test("a day that the calendar skips has no report, and the next is held against the one before it", () => {
  const timetable = new ReportTimetable({ ...SAO_PAULO, timeZone: "Pacific/Apia" });
  expect(timetable.daily(date("2011-12-30"))).toBeUndefined();
  const after = timetable.daily(date("2011-12-31"));
  const before = timetable.daily(date("2011-12-29"));
  expect(after?.before).toEqual(before?.range);
  // What was to leave in the evening of the 30th leaves as the 31st begins.
  const evening = new ReportTimetable({ ...SAO_PAULO, hour: 23, timeZone: "Pacific/Apia" });
  const begin = after?.range.from ?? 0;
  expect(ids(evening.due(begin - 1))).toEqual(["daily:2011-12-28"]);
  expect(ids(evening.due(begin))).toEqual(["daily:2011-12-28", "daily:2011-12-29"]);
});

const PLACES = [
  ["America/Sao_Paulo", "2018-02-10"],
  ["America/Sao_Paulo", "2018-10-28"],
  ["America/New_York", "2026-03-01"],
  ["America/New_York", "2026-10-25"],
  ["Australia/Lord_Howe", "2026-09-27"],
  ["Pacific/Apia", "2011-12-24"],
  ["America/St_Johns", "2010-11-01"],
  ["Asia/Kathmandu", "2026-11-20"],
] as const;

/** When an alarm goes off: after the time it was set to, before it, at once again, or set back. */
type Alarm =
  | { readonly kind: "late" | "early" | "clock_back"; readonly byMs: number }
  | { readonly kind: "repeated" };

const anyAlarm: fc.Arbitrary<Alarm> = fc.oneof(
  { weight: 6, arbitrary: late(fc.integer({ min: 0, max: 5_000 })) },
  { weight: 3, arbitrary: late(fc.integer({ min: 0, max: 20 * HOUR_MS })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("early" as const), byMs: upTo(DAY_MS) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("clock_back" as const), byMs: upTo(2 * HOUR_MS) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "repeated" } as const) },
);

function late(byMs: fc.Arbitrary<number>): fc.Arbitrary<Alarm> {
  return fc.record({ kind: fc.constant("late" as const), byMs });
}

function upTo(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max });
}

test("every day and every week is reported once, in time, whatever the alarms do", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PLACES),
      fc.integer({ min: 0, max: 23 }),
      upTo(DAY_MS),
      fc.array(anyAlarm, { minLength: 15, maxLength: 30 }),
      ([timeZone, firstDay], hour, startMs, alarms) => {
        const timetable = new ReportTimetable({ timeZone, hour, daily: true, weekly: true });
        const wall = wallFormat(timeZone);
        const start = dayNumber(date(firstDay)) * DAY_MS + startMs;
        // What was due when it began has left before.
        const sent = new Map(timetable.due(start).map((slot) => [slot.id, slot]));
        const already = sent.size;
        let now = start;
        for (const alarm of alarms) {
          const setTo = timetable.nextAt(now) ?? now;
          expect(setTo).toBeGreaterThan(now);
          if (alarm.kind === "late") now = setTo + alarm.byMs;
          if (alarm.kind === "early") now = Math.max(now, setTo - 1 - alarm.byMs);
          if (alarm.kind === "clock_back") now = Math.max(start, now - alarm.byMs);
          for (const slot of timetable.due(now)) {
            if (sent.has(slot.id)) continue;
            sent.set(slot.id, slot);
            expect(now).toBeGreaterThanOrEqual(slot.leavesAt);
            expect(now).toBeLessThan(slot.leavesAt + MAX_LATE_MS);
            const leaves = formatDate(addDays(slot.days.last, 1));
            const due = `${leaves} ${String(hour).padStart(2, "0")}:00`;
            expect(wallText(wall, slot.leavesAt) >= due).toBe(true);
            expect(wallText(wall, slot.leavesAt - 60_000) < due).toBe(true);
          }
        }
        const left = [...sent.values()].slice(already).map(({ id }) => id);
        const last = [...sent.values()].filter(({ period }) => period === "daily").at(-1);
        const expected: string[] = [];
        const days =
          last === undefined ? 0 : dayNumber(last.days.first) - dayNumber(date(firstDay));
        for (let day = -4; day <= days; day++) {
          const slot = timetable.daily(addDays(date(firstDay), day));
          if (slot !== undefined && slot.leavesAt > start) expected.push(slot.id);
        }
        expect(left.filter((id) => id.startsWith("daily:"))).toEqual(expected);
        const weeks = left.filter((id) => id.startsWith("weekly:")).map((id) => id.slice(7));
        const mondays = weeks.map((text) => dayNumber(mondayOfWeek(week(text))));
        for (const [index, monday] of mondays.slice(1).entries()) {
          expect(monday - (mondays[index] ?? 0)).toBe(7);
        }
        // Sundays whose report has left have taken their week along.
        const sundays = left.filter(
          (id) => id.startsWith("daily:") && dayNumber(date(id.slice(6))) % 7 === 3,
        );
        expect(weeks.length).toBe(sundays.length);
      },
    ),
    { seed, numRuns: 20 },
  );
});
