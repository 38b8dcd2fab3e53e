import type { HdrLayout } from "./hdr-layout.ts";
import { ZigZagReader } from "./zigzag-leb128.ts";

/**
 * A histogram that was read from V2 bytes, in the layout and unit of whoever wrote it.
 *
 * It keeps the encoded counts, which were checked once, and reads them again when it is walked:
 * a histogram of a few hundred bytes cannot be made to take megabytes by what its header claims.
 */
export class DecodedHdr {
  /** Significant decimal digits that the values were kept to. */
  readonly digits: number;
  /** How many values are counted; at most 2^53 − 1. */
  readonly totalCount: number;
  /** How many bytes the payload took uncompressed, for callers with a budget over many rows. */
  readonly inflatedBytes: number;
  readonly #layout: HdrLayout;
  readonly #encodedCounts: Uint8Array;

  /**
   * @param encodedCounts checked: whole integers, none past the layout's last bucket.
   * @param totalCount the sum of these counts.
   */
  constructor(
    layout: HdrLayout,
    encodedCounts: Uint8Array,
    totalCount: number,
    inflatedBytes: number,
  ) {
    this.digits = layout.digits;
    this.totalCount = totalCount;
    this.inflatedBytes = inflatedBytes;
    this.#layout = layout;
    this.#encodedCounts = encodedCounts;
  }

  /**
   * Calls `visit` for every non-empty bucket, in ascending order, with the lowest and the highest
   * of the values that it does not tell apart (in the histogram's unit, both below 2^53) and how
   * many of them were counted.
   */
  forEach(
    visit: (lowestEquivalentValue: number, highestEquivalentValue: number, count: number) => void,
  ): void {
    const reader = new ZigZagReader(this.#encodedCounts, 0, this.#encodedCounts.length);
    let index = 0;
    while (!reader.atEnd) {
      const value = reader.next();
      if (value < 0) {
        index -= value;
        continue;
      }
      if (value > 0) {
        const lowest = this.#layout.lowestValue(index);
        visit(lowest, lowest + this.#layout.width(index) - 1, value);
      }
      index++;
    }
  }
}
