/**
 * The name of one of those who report at once. Whatever way they report in, they are the same: a
 * shard waits a moment for whoever reported in the last second.
 */
export function reporterName(index: number): string {
  return `sender-${index}`;
}

/** Where a reporter goes on to number that begins anew: above all that it said before. */
export function firstSequenceAt(nowMs: number): number {
  return nowMs * 1_000;
}
