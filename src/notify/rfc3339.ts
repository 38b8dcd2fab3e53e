/** 9999-12-31T23:59:59.999Z: RFC 3339 has no later years. */
const LATEST_MS = 253_402_300_799_999;

/** A time as RFC 3339 has it, in UTC. What is outside of its years, or no time, is their nearest. */
export function rfc3339(timeMs: number): string {
  const inRange = Math.min(Math.max(timeMs, 0), LATEST_MS);
  return new Date(Number.isNaN(inRange) ? 0 : inRange).toISOString();
}
