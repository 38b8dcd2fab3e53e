/**
 * Somebody who is measured beside others. What fails with one is told of, and takes no figure of
 * anybody else away.
 */
export class Candidate {
  readonly name: string;
  #why: string | undefined;

  /** @param missing why it is not there at all, if so: then nothing is asked of it. */
  constructor(name: string, missing?: string) {
    this.name = name;
    this.#why = missing;
  }

  /** Why figures are missing, or undefined if none is. */
  get why(): string | undefined {
    return this.#why;
  }

  /**
   * Does something with it, unless something failed before.
   * @returns undefined if nothing came of it.
   */
  async try<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#why !== undefined) return undefined;
    try {
      return await work();
    } catch (cause) {
      this.#why = `broke off: ${cause instanceof Error ? cause.message : String(cause)}`;
      return undefined;
    }
  }
}
