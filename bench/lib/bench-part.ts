import type { BenchContext } from "./bench-context.ts";
import type { BenchRow } from "./bench-row.ts";
import type { BenchTable } from "./bench-table.ts";

/** What a measurement came to. */
export interface BenchOutcome {
  /** Figures with their goals. */
  readonly rows: readonly BenchRow[];
  /** The same work by everybody who was measured. */
  readonly tables?: readonly BenchTable[];
}

/** Seconds by what is asked for: a measurement, or a look. */
export interface Seconds {
  readonly full: number;
  readonly quick: number;
}

/** One part of a bench, by the name it has on the command line. */
export interface BenchPart {
  readonly name: string;
  /** Whether it runs the system in workerd. */
  readonly needsWorkerd: boolean;
  /** How long it takes on two cores: moves the progress bar, and four times as long is a hang. */
  readonly expectedSeconds: Seconds;
  /**
   * What a measurement holds against a goal, in short: a row with a verdict each. They are told of as
   * not measured when the part fails or is skipped.
   */
  readonly goals: readonly string[];
  readonly measure: (
    context: BenchContext,
  ) => Promise<BenchOutcome | readonly BenchRow[]> | BenchOutcome | readonly BenchRow[];
}
