/** Stands for the second, in epoch seconds, in a text that becomes a {@link Stamped}. */
export const SECOND = "\u0001";
/** Stands for a number that grows by one with every body; at most once, before all seconds. */
export const NUMBER = "\u0002";

/** A text of which only times and a number change from one request to the next. */
export class Stamped {
  readonly #pieces: readonly string[];

  constructor(text: string) {
    this.#pieces = text.split(SECOND);
  }

  /** It costs the sender microseconds: it shares its processors with who is measured. */
  at(second: number, number: number): string {
    return this.#pieces.join(String(second)).replace(NUMBER, String(number));
  }
}
