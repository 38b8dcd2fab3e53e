import { dateOfDay, dayNumber, addDays, type LocalDate } from "./local-date.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Parts of what `Intl` shows, in the order of `Date.UTC`. */
const FIELDS = ["year", "month", "day", "hour", "minute", "second"] as const;

/**
 * The clock of a place. `Intl` is all that workerd knows of time zones (it has no `Temporal`), so
 * every question is answered from the local time that `Intl` shows at a moment. Good for the years
 * 1970 to 9999, in which no zone changes its offset twice within two days.
 */
export class LocalTime {
  /** IANA name. */
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError for a time zone that there is not. */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /**
   * What a clock and a calendar on the wall show at a moment, as the moment at which they show it
   * in UTC: 09:00 in São Paulo is 09:00 UTC.
   */
  wallMs(epochMs: number): number {
    const parts = new Map<string, number>();
    for (const { type, value } of this.#format.formatToParts(epochMs)) {
      parts.set(type, Number(value));
    }
    const [year = 0, month = 0, ...rest] = FIELDS.map((field) => parts.get(field) ?? 0);
    return Date.UTC(year, month - 1, ...rest) + (epochMs - Math.floor(epochMs / 1000) * 1000);
  }

  /** How far local time is ahead of UTC at a moment, in milliseconds. */
  offsetMs(epochMs: number): number {
    return this.wallMs(epochMs) - epochMs;
  }

  /**
   * The first moment at which the clock shows `hour` o'clock of a day or later: of an hour that
   * comes twice its first time, and for one that is skipped the moment after the gap.
   */
  atHour(date: LocalDate, hour: number): number {
    return this.#firstAt(dayNumber(date) * DAY_MS + hour * HOUR_MS);
  }

  /**
   * When a day begins. It ends when the next one begins, so days follow each other without gap or
   * overlap, whatever the clocks do around midnight. A day that the calendar skips (2011-12-30 in
   * Samoa) begins when it ends.
   */
  startOfDay(date: LocalDate): number {
    return this.atHour(date, 0);
  }

  /** The day that holds a moment. */
  dayOf(epochMs: number): LocalDate {
    const shown = dateOfDay(Math.floor(this.wallMs(epochMs) / DAY_MS));
    // A clock that is put back across midnight shows the day before once more.
    const next = addDays(shown, 1);
    return this.startOfDay(next) <= epochMs ? next : shown;
  }

  /** The first moment whose wall time is `wallMs` or later. */
  #firstAt(wallMs: number): number {
    const before = this.offsetMs(wallMs - DAY_MS);
    const byBefore = wallMs - before;
    if (this.offsetMs(byBefore) === before) return byBefore;
    // The offset has changed before the clock got there.
    const byAfter = wallMs - this.offsetMs(wallMs + DAY_MS);
    if (this.wallMs(byAfter) === wallMs) return byAfter;
    let [early, late] = [byAfter, byBefore];
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (this.wallMs(middle) < wallMs) early = middle;
      else late = middle;
    }
    return late;
  }
}
