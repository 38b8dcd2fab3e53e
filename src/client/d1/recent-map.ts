/**
 * Keeps what was used lately, in bounded memory: two generations, of which the older one is dropped
 * when the younger one is full. An entry that is found in the older one moves to the younger. So a
 * hit costs one look-up, where a strict order of use would cost a removal and an insertion.
 */
export class RecentMap<Value> {
  readonly #maxEntries: number;
  readonly #maxLength: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #youngLength = 0;

  /**
   * @param maxEntries - Of one generation: there are at most twice as many.
   * @param maxLength - Characters of all keys of one generation. A longer key is not kept.
   */
  constructor(maxEntries: number, maxLength: number) {
    this.#maxEntries = maxEntries;
    this.#maxLength = maxLength;
  }

  /** How many entries there are, those that stand in both generations twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value of `key` as `compute` makes it, or made it before. */
  get(key: string, compute: (key: string) => Value): Value {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const value = this.#old.get(key) ?? compute(key);
    if (key.length > this.#maxLength) return value;
    const isFull = this.#young.size >= this.#maxEntries;
    if (isFull || this.#youngLength + key.length > this.#maxLength) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngLength = 0;
    }
    this.#young.set(key, value);
    this.#youngLength += key.length;
    return value;
  }
}
