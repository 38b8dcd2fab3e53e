import { MAX_REPORT_EXEMPLARS, type OperationExemplar } from "../exemplar.ts";

/** How many exemplars an {@link ExemplarSample} keeps. Both are 1 or more. */
export interface ExemplarLimits {
  readonly perOperation: number;
  readonly total: number;
}

/** What one report may carry. */
export const REPORT_LIMITS: ExemplarLimits = { perOperation: 16, total: MAX_REPORT_EXEMPLARS };

interface OperationSample {
  slowest: OperationExemplar;
  /** A random choice of all others. */
  readonly others: OperationExemplar[];
  /** How many those were. */
  offered: number;
}

/**
 * Picks a few of many exemplars: of each operation the slowest, for that is what somebody will look
 * for, and a random choice of the others, so that the usual has an example as well. When the room is
 * used up, an operation that comes later still gets its place for the slowest, from whoever has most.
 */
export class ExemplarSample {
  readonly #limits: ExemplarLimits;
  readonly #random: () => number;
  readonly #operations = new Map<string, OperationSample>();
  #length = 0;

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
    const sample = this.#operations.get(exemplar.operation);
    if (sample === undefined) return this.#begin(exemplar);
    const { others, slowest } = sample;
    let other = exemplar;
    if (exemplar.durationUs > slowest.durationUs) {
      sample.slowest = exemplar;
      other = slowest;
    }
    sample.offered += 1;
    if (others.length + 1 < this.#limits.perOperation && this.#length < this.#limits.total) {
      others.push(other);
      this.#length += 1;
      return;
    }
    // The nth of a stream takes a place of k with chance k/n: then each is kept with that chance.
    const place = Math.floor(this.#random() * sample.offered);
    if (place < others.length) others[place] = other;
  }

  /** Empties the sample and returns what it held. */
  take(): OperationExemplar[] {
    const held: OperationExemplar[] = [];
    for (const { slowest, others } of this.#operations.values()) held.push(slowest, ...others);
    this.#operations.clear();
    this.#length = 0;
    return held;
  }

  #begin(exemplar: OperationExemplar): void {
    if (this.#length >= this.#limits.total && !this.#makeRoom()) return;
    this.#operations.set(exemplar.operation, { slowest: exemplar, others: [], offered: 0 });
    this.#length += 1;
  }

  /** @returns whether anybody had more than one. */
  #makeRoom(): boolean {
    let most: OperationExemplar[] = [];
    for (const { others } of this.#operations.values()) {
      if (others.length > most.length) most = others;
    }
    if (most.length === 0) return false;
    most.splice(Math.floor(this.#random() * most.length), 1);
    this.#length -= 1;
    return true;
  }
}
