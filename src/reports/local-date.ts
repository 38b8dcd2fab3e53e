/** A day of the Gregorian calendar, without a place: `{ year: 2026, month: 11, day: 20 }`. */
export interface LocalDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** A week as ISO 8601 numbers them: it begins on Monday, and week 1 holds the first Thursday. */
export interface IsoWeek {
  /** Of the week, which at its edges is not that of the day. */
  readonly year: number;
  /** 1 to 53. */
  readonly week: number;
}

const DAY_MS = 86_400_000;

/** Days of a week before its Thursday, the day that decides to which year a week belongs. */
const DAYS_TO_THURSDAY = 3;

/** The date as a count of days since 1970-01-01. */
export function dayNumber({ year, month, day }: LocalDate): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** The date that is so many days after 1970-01-01. */
export function dateOfDay(number: number): LocalDate {
  const date = new Date(number * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The date `days` later; earlier if negative. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOfDay(dayNumber(date) + days);
}

/** The Monday of the week that holds a date. */
export function mondayOf(date: LocalDate): LocalDate {
  // 1970-01-01 was a Thursday.
  const sinceMonday = (((dayNumber(date) + DAYS_TO_THURSDAY) % 7) + 7) % 7;
  return addDays(date, -sinceMonday);
}

/** The week that holds a date. */
export function isoWeekOf(date: LocalDate): IsoWeek {
  const thursday = addDays(mondayOf(date), DAYS_TO_THURSDAY);
  const newYear = dayNumber({ year: thursday.year, month: 1, day: 1 });
  return { year: thursday.year, week: Math.floor((dayNumber(thursday) - newYear) / 7) + 1 };
}

/** The first day of a week. January 4th is always in week 1 (ISO 8601-1, 4.4.4). */
export function mondayOfWeek({ year, week }: IsoWeek): LocalDate {
  return addDays(mondayOf({ year, month: 1, day: 4 }), (week - 1) * 7);
}

/** `2026-11-20`. */
export function formatDate({ year, month, day }: LocalDate): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `2026-W47`. */
export function formatWeek({ year, week }: IsoWeek): string {
  return `${pad(year, 4)}-W${pad(week, 2)}`;
}

/** Reads `YYYY-MM-DD`; undefined for what is no day from 1970 on, as 2026-02-30. */
export function parseDate(text: string): LocalDate | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (Number(year) < 1970) return undefined;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  // Date.UTC takes the 30th of February for a day in March.
  return text === formatDate(dateOfDay(dayNumber(date))) ? date : undefined;
}

/** Reads `YYYY-Www`; undefined for what is no week from 1970 on, as 2025-W53. */
export function parseWeek(text: string): IsoWeek | undefined {
  const [, year, number] = /^(\d{4})-W(\d{2})$/.exec(text) ?? [];
  if (Number(year) < 1970) return undefined;
  const week = { year: Number(year), week: Number(number) };
  return text === formatWeek(isoWeekOf(mondayOfWeek(week))) ? week : undefined;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
