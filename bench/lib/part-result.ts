import type { BenchRow } from "./bench-row.ts";
import type { BenchTable } from "./bench-table.ts";

/** What one part came to, as the results file keeps it. */
export interface PartResult {
  readonly family: string;
  readonly part: string;
  readonly seconds: number;
  /** What it was to judge, whether it did or not. */
  readonly goals: readonly string[];
  readonly rows: readonly BenchRow[];
  readonly tables: readonly BenchTable[];
}
