import type { ErrorCounts } from "./error-row.ts";

/** Width of a bar. */
export const BAR_WIDTH = 100;

/** What is not 0 is at least so wide, so that a few failures of many calls are in sight. */
const MIN_WIDTH = 1.5;

/** How timings ended, in the order in which a bar shows it. */
export const SHARE_NAMES = ["good", "error", "timeout", "rateLimited"] as const;

/** One part of a bar. */
interface SharePart {
  readonly name: (typeof SHARE_NAMES)[number];
  readonly start: number;
  readonly width: number;
}

/**
 * Cuts a bar of {@link BAR_WIDTH} by how timings ended: what did not happen has no part, what is too
 * narrow to see takes from what is wider. No parts without timings.
 */
export function shareParts(counts: Pick<ErrorCounts, (typeof SHARE_NAMES)[number]>): SharePart[] {
  const total = SHARE_NAMES.reduce((sum, name) => sum + counts[name], 0);
  const there = SHARE_NAMES.filter((name) => counts[name] > 0);
  const beyondMinOf = (name: (typeof SHARE_NAMES)[number]): number =>
    Math.max((counts[name] / total) * BAR_WIDTH - MIN_WIDTH, 0);
  const beyondMin = there.reduce((sum, name) => sum + beyondMinOf(name), 0);
  const scale = (BAR_WIDTH - there.length * MIN_WIDTH) / beyondMin;
  let start = 0;
  return there.map((name) => {
    const part = { name, start, width: MIN_WIDTH + beyondMinOf(name) * scale };
    start += part.width;
    return part;
  });
}
