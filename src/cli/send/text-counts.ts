/** Most different texts that are counted apart; further ones are counted together. */
const MAX_TEXTS = 20;

const OTHERS = "other";

/** How often each of some texts came up, which somebody else chose: as many as there may be. */
export class TextCounts {
  readonly #counts = new Map<string, number>();

  add(text: string): void {
    const key = this.#counts.has(text) || this.#counts.size < MAX_TEXTS ? text : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
