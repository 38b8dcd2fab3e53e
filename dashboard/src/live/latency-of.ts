import type { WindowStats } from "../../../src/stream/stream-frame.ts";

/** The percentiles that are drawn over time, ascending. */
export const LINE_PERCENTILES = [50, 90, 95, 99] as const;

/** What the API calls them. */
export const LINE_FIELDS = ["p50Ms", "p90Ms", "p95Ms", "p99Ms"] as const;

const NOTHING_DRAWN: readonly null[] = LINE_FIELDS.map(() => null);

/** The values of every line, in milliseconds; null where there were no timings. */
export function lineValues(stats: WindowStats | undefined): readonly (number | null)[] {
  return stats === undefined ? NOTHING_DRAWN : LINE_FIELDS.map((field) => stats[field]);
}
