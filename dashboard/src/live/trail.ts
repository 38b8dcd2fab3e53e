/** Numbers over time, of which the newest are kept: the points of a live chart. */
export interface TrailPoints {
  /** Epoch milliseconds, strictly ascending. */
  readonly at: readonly number[];
  /** One list per line, as long as `at`; null where there is no number. */
  readonly lines: readonly (readonly (number | null)[])[];
}

/**
 * Keeps the last points of some lines. Times ascend strictly, whatever comes: a point at the time of
 * another replaces it, and one before the newest (the past is filled in) takes its place among the
 * others.
 */
export class Trail {
  readonly #lineCount: number;
  readonly #maxPoints: number;
  readonly #maxAgeMs: number;
  #at: number[] = [];
  #lines: (number | null)[][];
  #points: TrailPoints | undefined;

  /**
   * @param maxPoints - most that are kept; the oldest go first.
   * @param maxAgeMs - what is so much older than the newest goes.
   */
  constructor(lineCount: number, maxPoints: number, maxAgeMs: number) {
    this.#lineCount = lineCount;
    this.#maxPoints = maxPoints;
    this.#maxAgeMs = maxAgeMs;
    this.#lines = emptyLines(lineCount);
  }

  /** When the newest point is of; undefined without one. */
  get newestAt(): number | undefined {
    return this.#at.at(-1);
  }

  /** The points as they are now; the same object until they change. */
  get points(): TrailPoints {
    this.#points ??= { at: [...this.#at], lines: this.#lines.map((line) => [...line]) };
    return this.#points;
  }

  /**
   * Puts a point in its place; one that is there at the same time is replaced.
   *
   * @throws RangeError if there are not as many values as lines, or `at` is no finite number.
   */
  put(at: number, values: readonly (number | null)[]): void {
    if (values.length !== this.#lineCount || !Number.isFinite(at)) {
      throw new RangeError(`${values.length} values at ${at} for ${this.#lineCount} lines`);
    }
    this.#points = undefined;
    const index = this.#placeOf(at);
    const replaced = this.#at[index] === at ? 1 : 0;
    this.#at.splice(index, replaced, at);
    for (const [line, value] of values.entries()) {
      this.#lines[line]?.splice(index, replaced, value);
    }
    this.#forgetOld();
  }

  /** Forgets what is later than `at`: a clock that went back makes those points the future's. */
  forgetAfter(at: number): void {
    let count = this.#at.length;
    while (count > 0 && (this.#at[count - 1] ?? -Infinity) > at) count -= 1;
    if (count === this.#at.length) return;
    this.#at.length = count;
    for (const line of this.#lines) line.length = count;
    this.#points = undefined;
  }

  /** Where a point of this time is, or would be: nearly always at the end. */
  #placeOf(at: number): number {
    let index = this.#at.length;
    while (index > 0 && (this.#at[index - 1] ?? -Infinity) >= at) index -= 1;
    return index;
  }

  #forgetOld(): void {
    const oldest = (this.#at.at(-1) ?? 0) - this.#maxAgeMs;
    let count = Math.max(this.#at.length - this.#maxPoints, 0);
    while ((this.#at[count] ?? Infinity) < oldest) count += 1;
    if (count === 0) return;
    this.#at.splice(0, count);
    for (const line of this.#lines) line.splice(0, count);
  }
}

function emptyLines(count: number): (number | null)[][] {
  return Array.from({ length: count }, () => []);
}
