import type { MissingPeer } from "../peers/peer.ts";
import type { Contender } from "./contender.ts";
import type { Trial } from "./storm.ts";

/** A contender in the table, with what it came to so far; one that broke has no further figures. */
export class Entrant {
  readonly name: string;
  readonly contender: Contender | undefined;
  /** Decisions per second, a repetition each. */
  rates: readonly number[] = [];
  trial: Trial | undefined;
  /** Permits that were granted again after a kill -9. */
  again: number | undefined;
  #why: string | undefined;

  constructor(contender: Contender | MissingPeer) {
    this.name = contender.name;
    if ("missing" in contender) this.#why = contender.missing;
    else this.contender = contender;
  }

  /** Why figures are missing, or undefined if none is. */
  get why(): string | undefined {
    return this.#why;
  }

  /**
   * Does something with it, unless it is missing. A failure is told in the table: it takes no figure
   * of anybody else away.
   * @returns undefined if nothing came of it.
   */
  async try<Result>(work: (contender: Contender) => Promise<Result>): Promise<Result | undefined> {
    if (this.contender === undefined || this.#why !== undefined) return undefined;
    try {
      return await work(this.contender);
    } catch (cause) {
      this.#why = `broke off: ${cause instanceof Error ? cause.message : String(cause)}`;
      return undefined;
    }
  }
}
