import type { BucketTally } from "../live/bucket-tally.ts";
import { LatencyClasses } from "../live/latency-classes.ts";

/** Most bars of a histogram. */
const MAX_BARS = 72;

/** Bars per power of ten, the finest first. */
const CLASSES = [64, 32, 16, 8].map((perDecade) => new LatencyClasses(perDecade));

/** The bars of a histogram, ascending; the first and the last are not empty. */
export type BarClasses = readonly {
  readonly fromMs: number;
  /** Where the next one begins. */
  readonly toMs: number;
  readonly count: number;
}[];

/** Counts a distribution by the finest classes of which there are not too many; none if it is empty. */
export function barClasses(tally: BucketTally): BarClasses {
  if (tally.total === 0) return [];
  for (const classes of CLASSES) {
    const { first, counts } = classes.count((visit) => tally.forEach(visit));
    if (counts.length > MAX_BARS && classes !== CLASSES.at(-1)) continue;
    return counts.map((count, offset) => ({
      fromMs: classes.fromMs(first + offset),
      toMs: classes.toMs(first + offset),
      count,
    }));
  }
  return [];
}
