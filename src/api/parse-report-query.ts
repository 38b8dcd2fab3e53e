import { type IsoWeek, type LocalDate, parseDate, parseWeek } from "../reports/local-date.ts";
import { invalidQuery, type Problem } from "./problem.ts";

/** A day as `YYYY-MM-DD`; undefined if absent, and a 400 that names it if it is wrong. */
export function queryDate(query: URLSearchParams, name: string): LocalDate | undefined | Problem {
  const rule = "must be a day of the calendar from 1970 on, as 2026-11-20";
  return readOnce(query, name, parseDate, rule);
}

/** A week as `YYYY-Www`; undefined if absent, and a 400 that names it if it is wrong. */
export function queryWeek(query: URLSearchParams, name: string): IsoWeek | undefined | Problem {
  const rule = "must be a week of ISO 8601 from 1970 on, as 2026-W47 (few years have a W53)";
  return readOnce(query, name, parseWeek, rule);
}

function readOnce<Value>(
  query: URLSearchParams,
  name: string,
  parse: (text: string) => Value | undefined,
  rule: string,
): Value | undefined | Problem {
  const [text, ...more] = query.getAll(name);
  if (more.length > 0) return invalidQuery(name, "must be given once");
  if (text === undefined) return undefined;
  return parse(text) ?? invalidQuery(name, rule);
}
