/** Seconds, also with a fraction; more digits than any wait could have are no number of them. */
const DELAY_SECONDS = /^\d{1,15}(\.\d{1,9})?$/;

/**
 * The date formats of RFC 9110, section 5.6.7: IMF-fixdate, and the two that are obsolete but must
 * be read; in each the weekday may be short or whole, with or without its comma, as servers mix
 * them. Anything else that `Date.parse` takes, as 2030-01-01, is no HTTP date.
 */
const HTTP_DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2,8},? \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2,8},? \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2,8},? [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Reads a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date. The RFC has whole
 * seconds only; a fraction, which some servers send, is read as what it plainly means.
 *
 * @param nowMs - when the answer came, epoch milliseconds: what a date is counted from.
 * @returns how long to wait in milliseconds, seconds rounded up to whole ones, or undefined if it
 * says nothing useful: it is neither of both, or a point in time that is not ahead.
 */
export function parseRetryAfter(text: string, nowMs: number): number | undefined {
  const value = text.trim();
  if (DELAY_SECONDS.test(value)) return Math.ceil(Number(value) * 1_000);
  if (!HTTP_DATES.some((pattern) => pattern.test(value))) return undefined;
  // The oldest format names no zone, and means GMT as the others do.
  const at = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  const waitMs = at - nowMs;
  return waitMs > 0 ? waitMs : undefined;
}
