import { useContext } from "preact/hooks";
import { type Language, LanguageContext } from "./language.ts";

/** Stands where there is no number. */
export const NOTHING = "–";

/** Ages below this are told in tenths of a second; what is above it rounds to ten. */
const TENTHS_BELOW_S = 9.95;

/** The least that two decimals can tell from nothing. */
const LEAST = 0.01;

/** From here on three digits round to a thousand. */
const ROUNDS_TO_THOUSAND = 999.5;

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Numbers and times as people of a language write them. Times are in this browser's zone. */
export class Format {
  readonly #whole: Intl.NumberFormat;
  readonly #tenths: Intl.NumberFormat;
  readonly #hundredths: Intl.NumberFormat;
  readonly #plain: Intl.NumberFormat;
  /** Kept, as making one costs more than all that it formats in a tick. */
  readonly #clock: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #axisMinute: Intl.DateTimeFormat;
  readonly #axisDate: Intl.DateTimeFormat;

  constructor(language: Language) {
    this.#whole = fixed(language, 0);
    this.#tenths = fixed(language, 1);
    this.#hundredths = fixed(language, 2);
    this.#plain = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
    const minute = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const second = { ...minute, second: "2-digit" } as const;
    this.#clock = new Intl.DateTimeFormat(language, second);
    this.#date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    this.#axisMinute = new Intl.DateTimeFormat(language, minute);
    this.#axisDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  }

  /** A count, with its thousands set apart. */
  count(count: number | null | undefined): string {
    return isNumber(count) ? this.#whole.format(count) : NOTHING;
  }

  /** Milliseconds without their unit, in at least three digits; what is not nothing is not told as 0. */
  ms(durationMs: number | null | undefined): string {
    return isNumber(durationMs) ? this.#threeDigits(durationMs) : NOTHING;
  }

  /** How many a second, or a minute, in at least three digits. */
  rate(perUnit: number | null | undefined): string {
    if (!isNumber(perUnit)) return NOTHING;
    return perUnit === 0 ? "0" : this.#threeDigits(perUnit);
  }

  /** A fraction from 0 to 1 as a percentage. */
  percent(fraction: number | null | undefined): string {
    if (!isNumber(fraction)) return NOTHING;
    return fraction === 0 ? "0 %" : `${this.#threeDigits(fraction * 100)} %`;
  }

  /** A score from 0 to 10, without `of 10`. */
  score(score: number | null | undefined): string {
    return isNumber(score) ? this.#tenths.format(score) : NOTHING;
  }

  /** Bytes in the largest unit that gives at least one, by powers of 1,000. */
  bytes(bytes: number | null | undefined): string {
    if (!isNumber(bytes)) return NOTHING;
    let amount = bytes;
    let power = 0;
    while (amount >= ROUNDS_TO_THOUSAND && power < BYTE_UNITS.length - 1) {
      amount /= 1000;
      power += 1;
    }
    const digits = power === 0 ? this.#whole.format(amount) : this.#threeDigits(amount);
    return `${digits} ${BYTE_UNITS[power] ?? ""}`;
  }

  /** A stretch of time: an age, or how long something lasts. */
  duration(durationMs: number): string {
    const seconds = Math.max(durationMs, 0) / 1000;
    if (seconds < TENTHS_BELOW_S) return `${this.#tenths.format(seconds)} s`;
    if (Math.round(seconds) < 120) return `${this.#whole.format(seconds)} s`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) return `${minutes} min`;
    const hours = Math.round(minutes / 60);
    return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
  }

  /** A point in time, epoch milliseconds, as a clock; with its day unless that is today's. */
  clock(at: number, nowMs: number): string {
    const time = new Date(at);
    const clock = this.#clock.format(time);
    if (time.toDateString() === new Date(nowMs).toDateString()) return clock;
    return `${this.#date.format(time)}, ${clock}`;
  }

  /** Milliseconds beside an axis whose marks are round: 0.5, 20, 1,000. */
  axisMs(durationMs: number): string {
    return this.#plain.format(durationMs);
  }

  /** A point in time beside the axis of a chart, whose marks are `stepMs` apart. */
  axisTime(at: number, stepMs: number): string {
    if (stepMs >= DAY_MS) return this.axisDay(at);
    return (stepMs < MINUTE_MS ? this.#clock : this.#axisMinute).format(at);
  }

  /** A day beside the axis of a chart. */
  axisDay(at: number): string {
    return this.#axisDate.format(at);
  }

  #threeDigits(value: number): string {
    // Two decimals would make nothing of what is only little.
    if (value > 0 && value < LEAST / 2) return `< ${this.#hundredths.format(LEAST)}`;
    if (value < 9.995) return this.#hundredths.format(value);
    return (value < 99.95 ? this.#tenths : this.#whole).format(value);
  }
}

const FORMATS: Readonly<Record<Language, Format>> = {
  en: new Format("en"),
  "pt-BR": new Format("pt-BR"),
};

/** How the page's language writes numbers. */
export function useFormat(): Format {
  return FORMATS[useContext(LanguageContext)];
}

function fixed(language: Language, digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
