/**
 * A point in time for a message: as the API takes and gives it, and readable beside it, as
 * `1795190000000 (2026-11-20T15:53:20.000Z)`.
 * @param atMs - whole epoch milliseconds that a date can hold.
 */
export function timeText(atMs: number): string {
  return `${atMs} (${new Date(atMs).toISOString()})`;
}
