import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  dateOfDay,
  dayNumber,
  formatDate,
  formatWeek,
  isoWeekOf,
  type LocalDate,
  mondayOfWeek,
  parseDate,
  parseWeek,
} from "../../../src/reports/local-date.ts";
import { LocalTime } from "../../../src/reports/local-time.ts";
import { seedOf } from "../../support/seeded.ts";
import { firstMinuteShowing, wallFormat, wallText } from "../../support/wall-clock.ts";

const seed = seedOf("local time", process.env["SEED"]);

/** Days around which a place changed its clocks, and how. */
const CHANGES: readonly (readonly [string, string])[] = [
  ["America/Sao_Paulo", "2018-02-18"], // back at midnight: 23:00 twice
  ["America/Sao_Paulo", "2018-11-04"], // ahead at midnight: no 00:00
  ["America/New_York", "2026-03-08"],
  ["America/New_York", "2026-11-01"],
  ["Australia/Lord_Howe", "2026-04-05"], // half an hour
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Pacific/Apia", "2011-12-30"], // the day that was not
  ["Asia/Kathmandu", "1986-01-01"], // from 5:30 to 5:45
  ["America/St_Johns", "2010-11-07"], // back one minute after midnight
  ["America/St_Johns", "1988-04-03"], // two hours
  ["Africa/Casablanca", "2026-02-15"],
  ["Europe/Dublin", "2026-10-25"],
  ["Asia/Pyongyang", "2018-05-05"], // by law, ahead at 23:30
  ["America/Caracas", "2016-05-01"], // by law, half an hour
  ["Antarctica/Troll", "2026-03-29"], // two hours
  ["Asia/Beirut", "2023-03-30"],
  ["Pacific/Kwajalein", "1993-08-21"], // across the date line, a day skipped
  ["America/Juneau", "1983-10-30"], // two hours back
];

const ZONES = [...new Set(CHANGES.map(([zone]) => zone)), "Asia/Kolkata", "Pacific/Kiritimati"];

const TIMES = new Map(ZONES.map((zone) => [zone, new LocalTime(zone)]));
const FORMATS = new Map(ZONES.map((zone) => [zone, wallFormat(zone)]));

function of<Value>(values: ReadonlyMap<string, Value>, zone: string): Value {
  const value = values.get(zone);
  if (value === undefined) throw new Error(zone);
  return value;
}

function date(text: string): LocalDate {
  const parsed = parseDate(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const anyDay = fc
  .integer({ min: dayNumber(date("1970-01-02")), max: dayNumber(date("2037-12-31")) })
  .map(dateOfDay);

const anyPlaceAndDay = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...ZONES), anyDay) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -2, max: 2 }))
      .map(([[zone, day], days]) => [zone, addDays(date(day), days)] as const),
  },
);

describe("the first moment of an hour", () => {
  test("is what a walk along the wall's minutes finds, in every place", () => {
    fc.assert(
      fc.property(anyPlaceAndDay, fc.integer({ min: 0, max: 23 }), ([zone, day], hour) => {
        const text = `${formatDate(day)} ${String(hour).padStart(2, "0")}:00`;
        const expected = firstMinuteShowing(of(FORMATS, zone), text);
        expect(of(TIMES, zone).atHour(day, hour)).toBe(expected);
      }),
      { seed, numRuns: 60 },
    );
  });

  test("of hours that come twice is the first, and of those that never come the end of the gap", () => {
    const newYork = of(TIMES, "America/New_York");
    expect(newYork.atHour(date("2026-11-01"), 1)).toBe(Date.UTC(2026, 10, 1, 5));
    expect(newYork.atHour(date("2026-11-01"), 2)).toBe(Date.UTC(2026, 10, 1, 7));
    expect(newYork.atHour(date("2026-03-08"), 2)).toBe(Date.UTC(2026, 2, 8, 7));
    expect(newYork.atHour(date("2026-03-08"), 3)).toBe(Date.UTC(2026, 2, 8, 7));
    const lordHowe = of(TIMES, "Australia/Lord_Howe");
    // At 02:00 clocks go to 02:30: 10:30 ahead of UTC before, 11 hours after.
    expect(lordHowe.atHour(date("2026-10-04"), 2)).toBe(Date.UTC(2026, 9, 3, 15, 30));
    expect(lordHowe.atHour(date("2026-10-04"), 3)).toBe(Date.UTC(2026, 9, 3, 16));
    const apia = of(TIMES, "Pacific/Apia");
    expect(apia.atHour(date("2011-12-30"), 9)).toBe(apia.startOfDay(date("2011-12-31")));
    expect(of(TIMES, "Asia/Kathmandu").atHour(date("2026-11-20"), 9)).toBe(
      Date.UTC(2026, 10, 20, 3, 15),
    );
  });
});

describe("days", () => {
  test("begin when the wall first shows them, and follow each other without gap or overlap", () => {
    const saoPaulo = of(TIMES, "America/Sao_Paulo");
    const lengthOf = (text: string): number =>
      (saoPaulo.startOfDay(addDays(date(text), 1)) - saoPaulo.startOfDay(date(text))) / 3_600_000;
    expect(["2018-02-17", "2018-11-04", "2026-11-20"].map(lengthOf)).toEqual([25, 23, 24]);
    expect(saoPaulo.startOfDay(date("2018-11-04"))).toBe(Date.UTC(2018, 10, 4, 3));
  });

  test("go on where a clock is put back across their beginning", () => {
    const stJohns = of(TIMES, "America/St_Johns");
    // At 00:01 it is 23:01 of the day before once more.
    const back = Date.UTC(2010, 10, 7, 2, 31);
    expect(stJohns.startOfDay(date("2010-11-07"))).toBe(back - 60_000);
    expect(wallText(of(FORMATS, "America/St_Johns"), back)).toBe("2010-11-06 23:01");
    expect(formatDate(stJohns.dayOf(back))).toBe("2010-11-07");
    expect(formatDate(stJohns.dayOf(back - 60_001))).toBe("2010-11-06");
  });

  test("hold every moment between their ends, and no other", () => {
    fc.assert(
      fc.property(anyPlaceAndDay, fc.integer({ min: 0, max: 86_399_999 }), ([zone, day], ms) => {
        const time = of(TIMES, zone);
        const at = dayNumber(day) * 86_400_000 + ms;
        const held = time.dayOf(at);
        expect(time.startOfDay(held)).toBeLessThanOrEqual(at);
        expect(time.startOfDay(addDays(held, 1))).toBeGreaterThan(at);
      }),
      { seed, numRuns: 300 },
    );
  });
});

test("what the wall shows leads back to the first moment that shows it", () => {
  fc.assert(
    fc.property(anyPlaceAndDay, fc.integer({ min: 0, max: 23 }), ([zone, day], hour) => {
      const time = of(TIMES, zone);
      const at = dayNumber(day) * 86_400_000 + hour * 3_600_000;
      expect(new Date(time.wallMs(at)).toISOString().slice(0, 16).replace("T", " ")).toBe(
        wallText(of(FORMATS, zone), at),
      );
      const shown = dateOfDay(Math.floor(time.wallMs(at) / 86_400_000));
      const shownHour = Math.floor((time.wallMs(at) % 86_400_000) / 3_600_000);
      const first = time.atHour(shown, shownHour);
      expect(first).toBeLessThanOrEqual(at);
      expect(at - first).toBeLessThan(4 * 3_600_000);
    }),
    { seed, numRuns: 300 },
  );
});

test("a time zone that there is not is refused", () => {
  expect(() => new LocalTime("America/Atlantis")).toThrow(RangeError);
});

describe("the calendar", () => {
  test.each([
    ["2026-11-20", "2026-W47"],
    ["2027-01-01", "2026-W53"],
    ["2024-12-30", "2025-W01"],
    ["2021-01-03", "2020-W53"],
    ["2021-01-04", "2021-W01"],
    ["1970-01-01", "1970-W01"],
  ])("%s is in week %s", (day, week) => {
    expect(formatWeek(isoWeekOf(date(day)))).toBe(week);
  });

  test("dates and weeks come back as they were written", () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        expect(parseDate(formatDate(day))).toEqual(day);
        const week = isoWeekOf(day);
        expect(parseWeek(formatWeek(week))).toEqual(week);
        const sinceMonday = dayNumber(day) - dayNumber(mondayOfWeek(week));
        expect(sinceMonday).toBeGreaterThanOrEqual(0);
        expect(sinceMonday).toBeLessThan(7);
      }),
      { seed },
    );
  });

  test.each(["2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "26-11-20"])(
    "%s is no day",
    (text) => {
      expect(parseDate(text)).toBeUndefined();
    },
  );

  test.each(["2026-11-20 ", "2026-1-1", "1969-12-31", "", "٢٠٢٦-١١-٢٠", "2026-11-20\n"])(
    "%j is no day either",
    (text) => {
      expect(parseDate(text)).toBeUndefined();
    },
  );

  test.each(["2025-W53", "2026-W00", "2026-W54", "2026-47", "2026-w47", "1969-W50", "2026-W7"])(
    "%s is no week",
    (text) => {
      expect(parseWeek(text)).toBeUndefined();
    },
  );

  test("2026 has 53 weeks, and February of a leap year 29 days", () => {
    expect(parseWeek("2026-W53")).toEqual({ year: 2026, week: 53 });
    expect(parseDate("2028-02-29")).toEqual({ year: 2028, month: 2, day: 29 });
  });
});
