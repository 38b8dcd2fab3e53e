const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What the wall shows at a moment, as `2026-11-20 09:00`, by Intl's Swedish, which is ISO 8601's. */
export function wallText(format: Intl.DateTimeFormat, epochMs: number): string {
  return format.format(epochMs);
}

export function wallFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/**
 * The first whole minute at which a wall shows `text` (`2026-11-20 09:00`) or later: each minute of
 * two days is looked at.
 */
export function firstMinuteShowing(format: Intl.DateTimeFormat, text: string): number {
  const nearMs = Date.parse(`${text.replace(" ", "T")}:00Z`);
  // No place is further than this from UTC.
  for (let at = nearMs - 26 * HOUR_MS; at <= nearMs + 26 * HOUR_MS; at += MINUTE_MS) {
    if (wallText(format, at) >= text) return at;
  }
  throw new Error(`the wall never shows ${text}`);
}
