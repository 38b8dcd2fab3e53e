/** How a figure moved: `up` says that it is larger now, not that it is better. */
export interface Trend {
  readonly direction: "up" | "steady" | "down";
  /** What it is now by what it was. */
  readonly ratio: number;
}

/** What stays within a fifth is steady, as for throughput. */
const BAND = 0.2;

/**
 * The trend of a figure.
 * @param now the figure of the shorter, newer stretch; null if it has none.
 * @param before that of the longer one; without it, or at 0, there is nothing to compare with.
 * @param band how far from 1 the ratio may be and still be steady.
 */
export function trendOf(now: number | null, before: number | null, band = BAND): Trend | null {
  if (now === null || before === null || before <= 0) return null;
  const ratio = now / before;
  if (ratio > 1 + band) return { direction: "up", ratio };
  return { direction: ratio < 1 - band ? "down" : "steady", ratio };
}
