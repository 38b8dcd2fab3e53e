/** Who waits for an outcome. */
interface Waiting<Answer> {
  readonly onAnswer: (answer: Answer) => void;
  readonly onFault: (cause: unknown) => void;
}

/** One question at a time, whose outcome is told only for as long as it is wanted. */
export class OneAsk {
  #wanted: AbortController | undefined;

  /**
   * Asks, unless something is asked already.
   *
   * @param ask is given what is aborted when its answer is not wanted any more. A change that the
   * server is to make all the same leaves it alone.
   * @returns whether it is asked.
   */
  start<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, waiting: Waiting<Answer>): boolean {
    if (this.#wanted !== undefined) return false;
    const wanted = new AbortController();
    this.#wanted = wanted;
    const end = (tell: () => void): void => {
      if (this.#wanted !== wanted) return;
      this.#wanted = undefined;
      tell();
    };
    ask(wanted.signal).then(
      (answer) => end(() => waiting.onAnswer(answer)),
      (cause: unknown) => {
        if (wanted.signal.aborted) console.info("what nobody waits for any more failed", cause);
        end(() => waiting.onFault(cause));
      },
    );
    return true;
  }

  /** What is asked is not wanted any more; something else may be asked at once. */
  drop(): void {
    this.#wanted?.abort();
    this.#wanted = undefined;
  }
}
