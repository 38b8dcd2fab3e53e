import type { D1Facts } from "../grades/d1-grade.ts";
import type { MeasureStats } from "../merge/measure-stats.ts";
import { lastTogether, meanMeasured } from "./series-measures.ts";

/** What the databases told over some stretch of time. */
export interface D1Told {
  /** Mean duration of each query that was executed. */
  readonly meansMs: readonly number[];
  /** What was measured of each database. */
  readonly measures: readonly MeasureStats[];
  /** The same over the stretch in which a size is looked for. */
  readonly sizes: readonly MeasureStats[];
}

/** What the grade of all databases together is made of. */
export function d1Facts({ meansMs, measures, sizes }: D1Told): D1Facts {
  const meanWaitMs = meanMeasured(measures, "waitMs");
  return { meansMs, meanWaitMs, sizeBytes: lastTogether(sizes, "sizeBytes") };
}
