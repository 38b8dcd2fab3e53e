import { InvalidArgumentError } from "commander";

const UNITS_MS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** What a duration must be, for messages. */
const DURATION_FORM = "a duration, as 500ms, 90s, 15m, 24h, 7d or 2w";

/**
 * Reads a duration with its unit, as `90s` or `1.5h`.
 * @returns whole milliseconds, at least 1; undefined for any other text.
 */
export function parseDurationMs(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const exactMs = Number(digits) * (UNITS_MS.get(unit) ?? NaN);
  const durationMs = Math.round(exactMs);
  // The product of 1.1 and a day is a little more than it should be: as much as two roundings make.
  const isWhole = Math.abs(exactMs - durationMs) <= 2 * Number.EPSILON * exactMs;
  return isWhole && Number.isSafeInteger(durationMs) && durationMs > 0 ? durationMs : undefined;
}

/**
 * The same as an argument of the command line.
 * @throws InvalidArgumentError which says what would be right.
 */
export function parseDuration(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
}
