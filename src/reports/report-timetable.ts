import type { TimeRange } from "../merge/history.ts";
import {
  addDays,
  formatDate,
  formatWeek,
  type IsoWeek,
  isoWeekOf,
  type LocalDate,
  mondayOf,
  mondayOfWeek,
} from "./local-date.ts";
import { LocalTime } from "./local-time.ts";

export type ReportPeriod = "daily" | "weekly";

/**
 * How late a report may still leave: a day. After that the next daily one is there, and whoever
 * reads numbers of the day before yesterday takes them for yesterday's. The page still has it.
 */
export const MAX_LATE_MS = 86_400_000;

/** When reports leave. */
export interface TimetableOptions {
  /** IANA name. */
  readonly timeZone: string;
  /** Local hour at which they leave, 0 to 23. */
  readonly hour: number;
  readonly daily: boolean;
  readonly weekly: boolean;
}

/** The stretch of time that one report is about. */
export interface ReportSlot {
  /** `daily:2026-11-20` or `weekly:2026-W47`: a report is sent once under it. */
  readonly id: string;
  readonly period: ReportPeriod;
  /** `2026-11-20` or `2026-W47`. */
  readonly label: string;
  /** First and last day of it; the same of a daily one. */
  readonly days: { readonly first: LocalDate; readonly last: LocalDate };
  readonly range: TimeRange;
  /** The day or week before, which it is held against. */
  readonly before: TimeRange;
  /** When it leaves, epoch milliseconds. */
  readonly leavesAt: number;
}

/**
 * When which report leaves, as local time has it. It keeps nothing: a report that is due stays due
 * until it is more than {@link MAX_LATE_MS} late, so whoever sends them remembers what has left.
 */
export class ReportTimetable {
  readonly #options: TimetableOptions;
  readonly #time: LocalTime;

  /** @throws RangeError for a time zone that there is not. */
  constructor(options: TimetableOptions) {
    this.#options = options;
    this.#time = new LocalTime(options.timeZone);
  }

  get timeZone(): string {
    return this.#options.timeZone;
  }

  /** The reports that should have left by now and are not too late, the earliest first. */
  due(nowMs: number): readonly ReportSlot[] {
    return this.#around(nowMs)
      .filter(({ leavesAt }) => leavesAt <= nowMs && nowMs < leavesAt + MAX_LATE_MS)
      .toSorted((left, right) => left.leavesAt - right.leavesAt);
  }

  /** When the next report leaves after now, or null if none is wanted. */
  nextAt(nowMs: number): number | null {
    const later = this.#around(nowMs).filter(({ leavesAt }) => leavesAt > nowMs);
    return later.length === 0 ? null : Math.min(...later.map(({ leavesAt }) => leavesAt));
  }

  /** The report about a local day, wanted or not; undefined for a day that the calendar skips. */
  daily(date: LocalDate): ReportSlot | undefined {
    const range = this.#days(date, addDays(date, 1));
    if (range.from >= range.to) return undefined;
    const label = formatDate(date);
    const before = this.#daysBefore(date);
    const leavesAt = this.#leavesAt(addDays(date, 1));
    const days = { first: date, last: date };
    return { id: `daily:${label}`, period: "daily", label, days, range, before, leavesAt };
  }

  /** The report about a week, wanted or not. */
  weekly(week: IsoWeek): ReportSlot {
    const monday = mondayOfWeek(week);
    const nextMonday = addDays(monday, 7);
    const label = formatWeek(week);
    return {
      id: `weekly:${label}`,
      period: "weekly",
      label,
      days: { first: monday, last: addDays(monday, 6) },
      range: this.#days(monday, nextMonday),
      before: this.#days(addDays(monday, -7), monday),
      leavesAt: this.#leavesAt(nextMonday),
    };
  }

  /** The day of a moment, in local time. */
  dayOf(epochMs: number): LocalDate {
    return this.#time.dayOf(epochMs);
  }

  /**
   * Every wanted report that may be due, and the next of its kind. Three days back, because the one
   * that is due may be about the day before a skipped one.
   */
  #around(nowMs: number): readonly ReportSlot[] {
    const today = this.#time.dayOf(nowMs);
    const { daily, weekly } = this.#options;
    const dailies = [-3, -2, -1, 0].flatMap((days) => this.daily(addDays(today, days)) ?? []);
    const weeklies = [-7, 0].map((days) => this.weekly(isoWeekOf(addDays(mondayOf(today), days))));
    return [...(daily ? dailies : []), ...(weekly ? weeklies : [])];
  }

  /** A day that the calendar skips has no hours: what would leave then leaves when the next begins. */
  #leavesAt(date: LocalDate): number {
    return this.#time.atHour(date, this.#options.hour);
  }

  #days(first: LocalDate, end: LocalDate): TimeRange {
    return { from: this.#time.startOfDay(first), to: this.#time.startOfDay(end) };
  }

  /** The last day before `date` that the calendar has. */
  #daysBefore(date: LocalDate): TimeRange {
    const range = this.#days(addDays(date, -1), date);
    return range.from < range.to ? range : this.#days(addDays(date, -2), date);
  }
}
