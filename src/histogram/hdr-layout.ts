/** What a V2 header says about the buckets of the histogram that follows it. */
export interface HdrLayoutHeader {
  /** Significant decimal digits, 0 to 5. */
  readonly digits: number;
  /** The lowest value told from 0, at least 1. */
  readonly lowestDiscernible: bigint;
  /** The highest value that has a bucket, at least twice the lowest. */
  readonly highestTrackable: bigint;
}

const MAX_DIGITS = 5;
/** HdrHistogram's own bound: beyond it a bucket's value does not fit 63 bits. */
const MAX_MAGNITUDE = 61;

/** Computed once: raising to a power for every bucket would take most of the time of a walk. */
const POWERS_OF_TWO = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);

/**
 * The buckets of any HdrHistogram, known from its header: pure arithmetic, nothing is allocated,
 * whatever the header claims.
 * Source of the formulas: `AbstractHistogram.java` of HdrHistogram (`init`, `valueFromIndex`,
 * `getBucketsNeededToCoverValue`, `getLengthForNumberOfBuckets`).
 */
export class HdrLayout {
  readonly digits: number;
  /** How many buckets there are; indexes run from 0 to one less. */
  readonly bucketCount: number;
  readonly #unitMagnitude: number;
  readonly #halfCount: number;

  /** Use {@link describeBadLayout} first: the header must be a possible one. */
  constructor(header: HdrLayoutHeader) {
    const { unitMagnitude, subBucketMagnitude } = magnitudesOf(header);
    const highestBits = header.highestTrackable.toString(2).length;
    const powersOfTwo = Math.max(highestBits - unitMagnitude - subBucketMagnitude, 0) + 1;
    this.digits = header.digits;
    this.#unitMagnitude = unitMagnitude;
    this.#halfCount = 2 ** (subBucketMagnitude - 1);
    this.bucketCount = (powersOfTwo + 1) * this.#halfCount;
  }

  /** The lowest value of a bucket, in the unit of the values; exact up to 2^53. */
  lowestValue(index: number): number {
    const half = this.#halfCount;
    const droppedBits = this.#droppedBits(index);
    return (index - droppedBits * half) * this.#powerOfTwo(droppedBits);
  }

  /** How many values share a bucket. */
  width(index: number): number {
    return this.#powerOfTwo(this.#droppedBits(index));
  }

  #powerOfTwo(droppedBits: number): number {
    return POWERS_OF_TWO[droppedBits + this.#unitMagnitude] ?? Number.POSITIVE_INFINITY;
  }

  #droppedBits(index: number): number {
    return Math.max(Math.floor(index / this.#halfCount) - 1, 0);
  }
}

/** Why no histogram can have this header, or undefined if one can. */
export function describeBadLayout(header: HdrLayoutHeader): string | undefined {
  const { digits, lowestDiscernible, highestTrackable } = header;
  if (digits < 0 || digits > MAX_DIGITS) {
    return `${digits} significant digits; 0 to ${MAX_DIGITS} are possible`;
  }
  if (lowestDiscernible < 1n)
    return `lowest discernible value ${lowestDiscernible}; it starts at 1`;
  if (highestTrackable < 2n * lowestDiscernible) {
    return `highest trackable value ${highestTrackable} is below twice the lowest, ${lowestDiscernible}`;
  }
  const { unitMagnitude, subBucketMagnitude } = magnitudesOf(header);
  if (unitMagnitude + subBucketMagnitude - 1 > MAX_MAGNITUDE) {
    return `${digits} digits from ${lowestDiscernible} on do not fit 63 bits`;
  }
  return undefined;
}

function magnitudesOf(header: HdrLayoutHeader): {
  unitMagnitude: number;
  subBucketMagnitude: number;
} {
  const largestWithUnitResolution = 2 * 10 ** header.digits;
  return {
    unitMagnitude: header.lowestDiscernible.toString(2).length - 1,
    subBucketMagnitude: 32 - Math.clz32(largestWithUnitResolution - 1),
  };
}
