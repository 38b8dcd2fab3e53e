import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchRow } from "../lib/bench-row.ts";
import { measureClientCost } from "./client-cost.ts";
import { measureFreshness } from "./freshness.ts";
import { measureHttpIntake } from "./http-intake.ts";
import { measurePercentiles } from "./percentiles.ts";
import { measureReports } from "./reports.ts";
import { measureSubscribers } from "./subscribers.ts";
import { measureTick } from "./tick.ts";

/** One part of a bench, by the name it has on the command line. */
export interface BenchPart {
  readonly name: string;
  /** Whether it runs the system in workerd. */
  readonly needsWorkerd: boolean;
  readonly measure: (context: BenchContext) => Promise<BenchRow[]> | BenchRow[];
}

/** The way of a timing to a live percentile. */
export const CORE: readonly BenchPart[] = [
  { name: "reports", needsWorkerd: true, measure: measureReports },
  { name: "http", needsWorkerd: true, measure: measureHttpIntake },
  { name: "client", needsWorkerd: true, measure: measureClientCost },
  { name: "tick", needsWorkerd: false, measure: measureTick },
  { name: "freshness", needsWorkerd: true, measure: measureFreshness },
  { name: "percentiles", needsWorkerd: false, measure: measurePercentiles },
  { name: "subscribers", needsWorkerd: true, measure: measureSubscribers },
];
