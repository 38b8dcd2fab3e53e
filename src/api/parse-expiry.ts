/** A date, or a date and time with its offset from UTC, as ISO 8601 and RFC 3339 have them. */
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

/** 2001-09-09T01:46:40Z. A number below it was meant as seconds. */
const EARLIEST_MS = 1_000_000_000_000;

/** Latest point in time that a JavaScript date can hold. */
const LATEST_MS = 8.64e15;

/**
 * Reads when something expires: a number of epoch milliseconds, or text in ISO 8601, a date alone
 * being its beginning in UTC. A time without an offset is none: it would be another one on every
 * machine.
 * @returns epoch milliseconds, or undefined for anything else.
 */
export function parseExpiry(value: unknown): number | undefined {
  const epochMs = typeof value === "string" ? parseIsoTime(value) : value;
  const isTime =
    typeof epochMs === "number" &&
    Number.isInteger(epochMs) &&
    epochMs >= EARLIEST_MS &&
    epochMs <= LATEST_MS;
  return isTime ? epochMs : undefined;
}

function parseIsoTime(text: string): number {
  const date = ISO_TIME.exec(text)?.[1];
  if (date === undefined) return Number.NaN;
  // A day that its month does not have would be taken for one of the next month.
  const midnight = new Date(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
  return isDay ? Date.parse(text) : Number.NaN;
}
