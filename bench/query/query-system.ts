import type { PlatformTimings, Question } from "./timings.ts";
import type { RankRule } from "./truth.ts";

/** What a system says of some platforms. */
export interface QueryAnswer {
  /** Percentiles in microseconds, in the order of `PERMILLES`, by target. */
  readonly percentilesUs: ReadonlyMap<string, readonly number[]>;
}

/** Something that keeps timings and is asked for their percentiles. */
export interface QuerySystem {
  readonly name: string;
  /** What it has of the timings, as the table says it. */
  readonly holds: string;
  readonly rule: RankRule;
  /**
   * Brings the timings in, as quickly as it takes them.
   * @param loaded is told now and then how many are in.
   * @throws if something is not taken.
   */
  load(all: readonly PlatformTimings[], loaded: (count: number) => void): Promise<void>;
  /**
   * Asks one question about these targets, of which there are one or all.
   * @throws if the answer is an error or says nothing of a target.
   */
  ask(question: Question, targets: readonly string[]): Promise<QueryAnswer>;
  /** Rows of D1 that were read so far, where they are what is billed. */
  readonly rowsRead?: () => Promise<number>;
}
