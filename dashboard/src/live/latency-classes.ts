import { SIGNIFICANT_DIGITS } from "../../../src/histogram/significant-digits.ts";
import { MAX_DURATION_US } from "../../../src/wire/timing-columns.ts";

/** Bits that a bucket's place takes within its power of two: three digits need 1,024 places. */
const PLACE_BITS = Math.ceil(Math.log2(2 * 10 ** SIGNIFICANT_DIGITS)) - 1;

/** How many values are in each class, from class `first` on, without empty ones at the ends. */
export interface ClassCounts {
  readonly total: number;
  readonly first: number;
  readonly counts: readonly number[];
}

/** Nothing was counted. */
export const NO_COUNTS: ClassCounts = { total: 0, first: 0, counts: [] };

/** Calls back for every bucket, in ascending order: the highest value that it does not tell apart, and its count. */
type BucketWalk = (visit: (highestUs: number, count: number) => void) => void;

/**
 * Classes of latencies, so many per power of ten, that begin where a bucket of the server's layout
 * begins: so each bucket is of one class, and what classes count is exact.
 */
export class LatencyClasses {
  /** Where each class begins, in microseconds; the first takes what is below the second, too. */
  readonly #starts: readonly number[];
  readonly #endUs: number;

  constructor(perDecade: number) {
    const last = Math.ceil(Math.log10(MAX_DURATION_US) * perDecade);
    const starts = Array.from({ length: last }, (_, index) =>
      bucketStart(Math.round(10 ** (index / perDecade) * 1e6) / 1e6),
    );
    this.#starts = [0, ...new Set(starts)];
    this.#endUs = bucketStart(MAX_DURATION_US + 1);
  }

  /** The class of a bucket, by any of its values in microseconds. */
  indexOf(us: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? Infinity) <= us) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where a class begins, in microseconds: a whole number. */
  fromUs(index: number): number {
    return this.#starts[index] ?? this.#endUs;
  }

  /** Where a class begins, in milliseconds. */
  fromMs(index: number): number {
    return this.fromUs(index) / 1000;
  }

  /** Where the next one begins, in milliseconds. */
  toMs(index: number): number {
    return this.fromMs(index + 1);
  }

  /** Counts buckets by their classes. */
  count(walk: BucketWalk): ClassCounts {
    const counts: number[] = [];
    let first = 0;
    let total = 0;
    walk((highestUs, count) => {
      const index = this.indexOf(highestUs);
      if (total === 0) first = index;
      while (counts.length <= index - first) counts.push(0);
      counts[index - first] = (counts[index - first] ?? 0) + count;
      total += count;
    });
    return { total, first, counts };
  }
}

/** The classes of heat maps, whose columns are added up: they all have the same. */
export const HEAT_CLASSES = new LatencyClasses(16);

/** What several have counted by the same classes. */
export function sumCounts(parts: readonly ClassCounts[]): ClassCounts {
  const filled = parts.filter(({ total }) => total > 0);
  if (filled.length < 2) return filled[0] ?? NO_COUNTS;
  const first = Math.min(...filled.map((part) => part.first));
  const end = Math.max(...filled.map((part) => part.first + part.counts.length));
  const counts = Array.from({ length: end - first }, () => 0);
  let total = 0;
  for (const part of filled) {
    total += part.total;
    for (const [offset, count] of part.counts.entries()) {
      const index = part.first + offset - first;
      counts[index] = (counts[index] ?? 0) + count;
    }
  }
  return { total, first, counts };
}

/** The lowest value, at least `us`, with which a bucket begins. */
function bucketStart(us: number): number {
  const whole = Math.ceil(us);
  const firstPlaces = 2 ** (PLACE_BITS + 1) - 1;
  const width = 2 ** (31 - PLACE_BITS - Math.clz32(whole | firstPlaces));
  return Math.ceil(whole / width) * width;
}
