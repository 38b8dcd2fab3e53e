import { expect, test } from "vitest";
import { queryDate, queryWeek } from "../../../src/api/parse-report-query.ts";

test("a day and a week are read, and may be left out", () => {
  const query = new URLSearchParams("date=2026-11-20&week=2026-W47");
  expect(queryDate(query, "date")).toEqual({ year: 2026, month: 11, day: 20 });
  expect(queryWeek(query, "week")).toEqual({ year: 2026, week: 47 });
  expect(queryDate(query, "day")).toBeUndefined();
  expect(queryWeek(query, "weeks")).toBeUndefined();
});

test.each(["2026-02-30", "", "yesterday", "2026-11-20T00:00", "20261120", "12026-11-20"])(
  "%j is no day, and says of which parameter",
  (text) => {
    expect(queryDate(new URLSearchParams({ date: text }), "date")).toMatchObject({
      status: 400,
      detail: "The query parameter date must be a day of the calendar from 1970 on, as 2026-11-20.",
      errors: [{ pointer: "?date" }],
    });
  },
);

test.each(["2025-W53", "2026-W00", "2026W47", "47"])("%j is no week", (text) => {
  expect(queryWeek(new URLSearchParams({ week: text }), "week")).toMatchObject({
    status: 400,
    errors: [{ pointer: "?week" }],
  });
});

test("either is given once", () => {
  const query = new URLSearchParams("date=2026-11-20&date=2026-11-20");
  expect(queryDate(query, "date")).toMatchObject({
    errors: [{ pointer: "?date", reason: "must be given once" }],
  });
});
