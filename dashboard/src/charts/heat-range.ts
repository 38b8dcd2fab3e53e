import { type ClassCounts, sumCounts } from "../live/latency-classes.ts";

/** The part of all timings that may lie beyond either end of the axis. */
const OUTLIER_SHARE = 0.002;

/** So many classes have to be won by leaving outliers out: a power of ten. */
const WORTH_CLASSES = 16;

/** Classes from `first` on, without `end`. */
export interface ClassRange {
  readonly first: number;
  readonly end: number;
}

/**
 * The classes that an axis shows: all that have timings, but for a few far out, for which all others
 * would be squeezed. Undefined where there are no timings.
 */
export function heatRange(parts: readonly ClassCounts[]): ClassRange | undefined {
  const { total, first, counts } = sumCounts(parts);
  if (total === 0) return undefined;
  const least = total * OUTLIER_SHARE;
  const low = first + beyond(counts, least);
  const end = first + counts.length;
  const high = end - beyond(counts.toReversed(), least);
  return {
    first: low - first >= WORTH_CLASSES ? low : first,
    end: end - high >= WORTH_CLASSES ? high : end,
  };
}

/** How many timings of a column are below and above what an axis shows. */
export function outside(
  { first, counts }: ClassCounts,
  range: ClassRange,
): { readonly below: number; readonly above: number } {
  let below = 0;
  let above = 0;
  for (const [offset, count] of counts.entries()) {
    if (first + offset < range.first) below += count;
    else if (first + offset >= range.end) above += count;
  }
  return { below, above };
}

/** How many classes, from the first on, hold together less than so many timings. */
function beyond(counts: readonly number[], least: number): number {
  let sum = 0;
  let index = 0;
  while (index < counts.length && sum + (counts[index] ?? 0) <= least) {
    sum += counts[index] ?? 0;
    index += 1;
  }
  return index;
}
