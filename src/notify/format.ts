import type { Language, Unit } from "../alerts/rule.ts";

/** What stands where there is no value. */
export const NO_VALUE = "–";

/** Beyond this a figure is written with an exponent: nobody counts its digits. */
const MAX_PLAIN = 1e15;

/** Most digits after the separator. */
const MAX_FRACTION_DIGITS = 4;

const DATE_PARTS = new Map<string, Intl.DateTimeFormat>();

/** A number in the figures of `language`, with at most `fractionDigits` after its separator. */
export function formatNumber(value: number, fractionDigits: number, language: Language): string {
  if (!Number.isFinite(value)) return NO_VALUE;
  const isHuge = Math.abs(value) >= MAX_PLAIN;
  return new Intl.NumberFormat(language, {
    numberingSystem: "latn",
    notation: isHuge ? "scientific" : "standard",
    maximumFractionDigits: isHuge ? 2 : fractionDigits,
    useGrouping: "always",
  }).format(value === 0 ? 0 : value);
}

/**
 * A value with its unit: `1,235 ms`, `23.4 %`, `3.1 ×`, `5`. The unit is written here, not by Intl,
 * whose spacing differs between versions of its data.
 *
 * @param threshold - what it must not look like unless it is the same: 49.97 % under a threshold of
 * 50 % is not written as 50 %.
 */
export function formatValue(
  value: number,
  unit: Unit,
  language: Language,
  threshold: number,
): string {
  const leastDigits = unit === "Rate" ? 1 : Math.abs(value) < 100 ? 2 : 0;
  const apartFrom = threshold === value ? "" : formatThreshold(threshold, unit, language);
  for (let digits = leastDigits; ; digits++) {
    const text = withUnit(formatNumber(inUnit(value, unit), digits, language), unit);
    if (text !== apartFrom || digits >= MAX_FRACTION_DIGITS) return text;
  }
}

/** A threshold with its unit, as exactly as somebody sets one: `1,000 ms`, `10 %`, `14.4 ×`, `5`. */
export function formatThreshold(threshold: number, unit: Unit, language: Language): string {
  return withUnit(formatNumber(inUnit(threshold, unit), MAX_FRACTION_DIGITS, language), unit);
}

/**
 * `45 s`, `12 min`, `1 h 5 min`, `2 d 3 h`: the two largest units, rounded down, as a clock shows it.
 * These symbols are the same in all of our languages.
 */
export function formatDuration(durationMs: number, language: Language): string {
  if (!Number.isFinite(durationMs)) return NO_VALUE;
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(minutes, "min", minutes < 10 ? seconds % 60 : 0, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(hours, "h", minutes % 60, "min");
  const days = Math.floor(hours / 24);
  const rest = hours % 24;
  return `${formatNumber(days, 0, language)} d${rest > 0 ? ` ${rest} h` : ""}`;
}

/**
 * A time of day with its date and its distance to UTC: `2026-11-21 09:14 (UTC-3)`, and in Brazil
 * `21/11/2026 09:14 (UTC-3)`.
 *
 * @param timeZone - an IANA name; the configuration has checked that it exists.
 */
export function formatTime(timeMs: number, language: Language, timeZone: string): string {
  // The range of Date, ECMA-262 section 21.4.1.1: beyond it Intl throws.
  if (!(Math.abs(timeMs) <= 8.64e15)) return NO_VALUE;
  const parts = new Map(
    datePartsIn(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value] as const),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  const date =
    language === "pt-BR"
      ? `${part("day")}/${part("month")}/${part("year")}`
      : `${part("year")}-${part("month")}-${part("day")}`;
  // `GMT-3`, and for UTC itself one of `GMT`, `UTC` and `GMT+0`.
  const zone = part("timeZoneName").replace("GMT", "UTC").replace(/\+0$/, "");
  return `${date} ${part("hour")}:${part("minute")} (${zone})`;
}

/** Only parts are taken from it, none of its punctuation: the result is the same everywhere. */
function datePartsIn(timeZone: string): Intl.DateTimeFormat {
  const known = DATE_PARTS.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "shortOffset",
  });
  DATE_PARTS.set(timeZone, format);
  return format;
}

function inUnit(value: number, unit: Unit): number {
  return unit === "Rate" ? value * 100 : value;
}

function withUnit(text: string, unit: Unit): string {
  switch (unit) {
    case "Ms":
      return `${text} ms`;
    case "Rate":
      return `${text} %`;
    case "Ratio":
      return `${text} ×`;
    case "Count":
    case "Value":
      return text;
  }
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest > 0 ? `${count} ${unit} ${rest} ${restUnit}` : `${count} ${unit}`;
}
