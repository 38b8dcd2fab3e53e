import { InvalidArgumentError } from "commander";
import { parseDurationMs } from "./parse-duration.ts";

/** What a point in time must be, for messages. */
const TIME_FORM =
  "a point in time, as 2026-11-21T08:30Z, 2026-11-21 (UTC unless it says otherwise), epoch " +
  "milliseconds, now, or a duration such as 2h for that long ago";

const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The last millisecond that a date can have. */
const MAX_EPOCH_MS = 8.64e15;

/**
 * Reads a point in time. Without a zone it is UTC, so that the same text is the same moment on
 * every machine.
 * @returns whole epoch milliseconds.
 * @throws InvalidArgumentError of commander, which says what would be right.
 */
export function parseTime(text: string, nowMs: number): number {
  const epochMs = text === "now" ? nowMs : (parseTimeMs(text) ?? agoMs(text, nowMs));
  if (epochMs >= 0 && epochMs <= MAX_EPOCH_MS) return epochMs;
  throw new InvalidArgumentError(`It must be ${TIME_FORM}.`);
}

/** The same without what depends on the clock; undefined for any other text. */
function parseTimeMs(text: string): number | undefined {
  if (/^\d{1,16}$/.test(text)) {
    const epochMs = Number(text);
    return epochMs <= MAX_EPOCH_MS ? epochMs : undefined;
  }
  const [, day, time = "00:00", seconds = "00", fraction = "", zone = "Z"] =
    ISO_TIME.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return undefined;
  const milliseconds = fraction.slice(0, 3).padEnd(3, "0");
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const epochMs = Date.parse(`${day}T${time}:${seconds}.${milliseconds}${offset}`);
  return epochMs >= 0 ? epochMs : undefined;
}

/** NaN for a text that is no duration. */
function agoMs(text: string, nowMs: number): number {
  return nowMs - (parseDurationMs(text) ?? NaN);
}

/** A date takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
