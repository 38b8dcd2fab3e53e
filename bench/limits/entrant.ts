import { Candidate } from "../lib/candidate.ts";
import type { MissingPeer } from "../peers/peer.ts";
import type { Contender } from "./contender.ts";
import type { Trial } from "./storm.ts";

/** A contender in the table, with what it came to so far; one that broke has no further figures. */
export class Entrant {
  readonly name: string;
  readonly contender: Contender | undefined;
  /** Decisions per second, a repetition each. */
  rates: readonly number[] = [];
  /** Processors that those who asked used meanwhile, a repetition each. */
  readonly clientCpus: number[] = [];
  trial: Trial | undefined;
  /** Permits that were granted again after a kill -9. */
  again: number | undefined;
  readonly #candidate: Candidate;

  constructor(contender: Contender | MissingPeer) {
    this.name = contender.name;
    const missing = "missing" in contender ? contender.missing : undefined;
    this.#candidate = new Candidate(contender.name, missing);
    if (!("missing" in contender)) this.contender = contender;
  }

  /** Why figures are missing, or undefined if none is. */
  get why(): string | undefined {
    return this.#candidate.why;
  }

  /**
   * Does something with it, unless it is missing or broke before. A failure is told in the table.
   * @returns undefined if nothing came of it.
   */
  async try<Result>(work: (contender: Contender) => Promise<Result>): Promise<Result | undefined> {
    const { contender } = this;
    if (contender === undefined) return undefined;
    return this.#candidate.try(() => work(contender));
  }
}
