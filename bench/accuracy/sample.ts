import { DISTRIBUTIONS } from "../lib/distributions.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

/** What is asked of every system. */
export const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99] as const;

/** Processes among which values are dealt out. */
export const PARTS = 64;

/** Durations of one series, and who had which. */
export interface Sample {
  readonly distribution: string;
  /** Whole microseconds. */
  readonly valuesUs: Int32Array;
  /** The same values, dealt out at random. */
  readonly parts: readonly Int32Array[];
  /** The values at {@link PERCENTILES}. */
  readonly truthUs: readonly number[];
}

/** Values of a distribution, always the same ones. @throws RangeError if it is not known. */
export function sampleOf(distribution: string, count: number): Sample {
  const draw = DISTRIBUTIONS[distribution];
  if (draw === undefined) throw new RangeError(`no distribution is called ${distribution}`);
  const random = seededRandom(seedOf(distribution));
  const valuesUs = Int32Array.from({ length: count }, () => Math.round(draw(random)));
  const parts = dealt(valuesUs, random);
  return { distribution, valuesUs, parts, truthUs: nearestRanks(valuesUs, PERCENTILES) };
}

/** Of each distribution the same number of values. */
export function* everySample(count: number): Iterable<Sample> {
  for (const distribution of Object.keys(DISTRIBUTIONS)) yield sampleOf(distribution, count);
}

/** The ⌈p/100 · n⌉-th smallest value for each percentile, by sorting. */
export function nearestRanks(values: Int32Array, percentiles: readonly number[]): number[] {
  const sorted = values.toSorted();
  // In hundredths of a percent, so that the rank is a quotient of whole numbers and exact.
  const rankOf = (p: number): number => Math.ceil((Math.round(p * 100) * sorted.length) / 10_000);
  return percentiles.map((p) => sorted[Math.max(rankOf(p), 1) - 1] ?? Number.NaN);
}

/** The largest difference to the truth, as a fraction of it. NaN if any value is missing. */
export function worstError(values: readonly number[], truth: readonly number[]): number {
  return Math.max(...truth.map((exact, i) => Math.abs((values[i] ?? Number.NaN) - exact) / exact));
}

function dealt(valuesUs: Int32Array, random: () => number): Int32Array[] {
  const parts = Array.from({ length: PARTS }, (): number[] => []);
  for (const value of valuesUs) parts[Math.floor(random() * PARTS)]?.push(value);
  return parts.map((part) => Int32Array.from(part));
}

function seedOf(text: string): number {
  let seed = 0;
  for (const character of text) seed = Math.imul(seed, 31) + (character.codePointAt(0) ?? 0);
  return seed;
}
