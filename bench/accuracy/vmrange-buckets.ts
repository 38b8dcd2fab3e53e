import type { CountedBucket } from "./bucket-percentile.ts";

/** Buckets of a power of ten. */
const PER_DECADE = 18;
const LOWEST_EXPONENT = -9;

/**
 * Bounds have four digits in the label and are read from there.
 * @param index −1 for what is below all buckets.
 */
export function vmrangeBound(index: number): number {
  return Number((10 ** (LOWEST_EXPONENT + (index + 1) / PER_DECADE)).toExponential(3));
}

/**
 * The bucket of a value: the rule of VictoriaMetrics' own histogram (`vmrange`), which has 18 of them
 * for each power of ten from 1e-9 to 1e18, each with its upper bound.
 * @param value above 0 and at most 1e18.
 * @returns −1 below all buckets.
 */
export function vmrangeIndex(value: number): number {
  const exact = (Math.log10(value) - LOWEST_EXPONENT) * PER_DECADE;
  if (exact < 0) return -1;
  const index = Math.floor(exact);
  // A power of ten belongs to the bucket that it is the upper bound of.
  const isBound = index === exact && index > 0;
  return isBound ? index - 1 : index;
}

/** @param counts by index; see {@link vmrangeIndex}. */
export function bucketsOfVmranges(counts: ReadonlyMap<number, number>): CountedBucket[] {
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([index, count]) => ({
      lower: index < 0 ? 0 : vmrangeBound(index - 1),
      upper: vmrangeBound(index),
      count,
    }));
}
