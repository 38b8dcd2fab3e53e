import { MAX_REPORT_EXEMPLARS, type OperationExemplar, SHOWN_EXEMPLARS } from "../exemplar.ts";

/** How many exemplars an {@link ExemplarSample} keeps. All are 1 or more. */
export interface ExemplarLimits {
  /** How many of the slowest are not left to chance; no more than any of the others. */
  readonly slowest: number;
  readonly perOperation: number;
  readonly total: number;
}

/** What one report may carry. */
export const REPORT_LIMITS: ExemplarLimits = {
  slowest: SHOWN_EXEMPLARS,
  perOperation: 16,
  total: MAX_REPORT_EXEMPLARS,
};

interface OperationSample {
  /** At least one; the slowest first. */
  readonly slowest: OperationExemplar[];
  /** A random choice of all others. */
  readonly others: OperationExemplar[];
  /** How many those were. */
  offered: number;
}

/**
 * Picks a few of many exemplars: the slowest, for those are what somebody will look for, and a random
 * choice of the others, so that the usual has an example as well. When the room is used up, others
 * go first, and then the fastest. For certain it has, with N for `slowest`:
 * - the slowest N of all;
 * - the slowest of each operation, of up to `total` + 1 - N operations;
 * - the slowest N of each operation, of up to `total` / N operations.
 */
export class ExemplarSample {
  readonly #limits: ExemplarLimits;
  readonly #random: () => number;
  readonly #operations = new Map<string, OperationSample>();
  #length = 0;
  /** What is not slower than this stays only as the slowest of its operation. */
  #floorUs = -1;

  /** @param random - Uniform in [0, 1). */
  constructor(limits: ExemplarLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** How many it holds. */
  get length(): number {
    return this.#length;
  }

  /** Takes an exemplar into the choice, or leaves it out. */
  offer(exemplar: OperationExemplar): void {
    const { operation, durationUs } = exemplar;
    const sample = this.#operations.get(operation);
    if (sample === undefined) {
      this.#operations.set(operation, { slowest: [exemplar], others: [], offered: 0 });
      return this.#grow();
    }
    const { slowest } = sample;
    const place = slowest.findIndex((one) => one.durationUs < durationUs);
    if (place !== 0 && durationUs <= this.#floorUs) return;
    slowest.splice(place === -1 ? slowest.length : place, 0, exemplar);
    if (slowest.length <= this.#limits.slowest) return this.#grow();
    const other = slowest.pop();
    if (other !== undefined) this.#offerOther(sample, other);
  }

  /** Empties the sample and returns what it held. */
  take(): OperationExemplar[] {
    const held: OperationExemplar[] = [];
    for (const { slowest, others } of this.#operations.values()) held.push(...slowest, ...others);
    this.#operations.clear();
    this.#length = 0;
    this.#floorUs = -1;
    return held;
  }

  #offerOther(sample: OperationSample, other: OperationExemplar): void {
    const { slowest, others } = sample;
    const { perOperation, total } = this.#limits;
    sample.offered += 1;
    if (slowest.length + others.length < perOperation && this.#length < total) {
      others.push(other);
      this.#length += 1;
      return;
    }
    // The nth of a stream takes a place of k with chance k/n: then each is kept with that chance.
    const place = Math.floor(this.#random() * sample.offered);
    if (place < others.length) others[place] = other;
  }

  #grow(): void {
    this.#length += 1;
    if (this.#length <= this.#limits.total) return;
    this.#length -= 1;
    let most: OperationExemplar[] = [];
    for (const { others } of this.#operations.values()) {
      if (others.length > most.length) most = others;
    }
    if (most.length > 0) most.splice(Math.floor(this.#random() * most.length), 1);
    else this.#dropFastest();
  }

  /** Drops the fastest, sparing who is the only one of its operation as long as there is room. */
  #dropFastest(): void {
    const spare = this.#length + 1 - this.#operations.size;
    const least = spare >= this.#limits.slowest ? 2 : 1;
    let fastest: OperationExemplar | undefined;
    for (const { slowest } of this.#operations.values()) {
      const last = slowest.length < least ? undefined : slowest.at(-1);
      // Of two that are equally fast the one that came later goes.
      if (last !== undefined && last.durationUs <= (fastest?.durationUs ?? Infinity))
        fastest = last;
    }
    if (fastest === undefined) return;
    const slowest = this.#operations.get(fastest.operation)?.slowest;
    slowest?.pop();
    if (slowest?.length === 0) this.#operations.delete(fastest.operation);
    else this.#floorUs = fastest.durationUs;
  }
}
