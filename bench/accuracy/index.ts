import type { BenchPart } from "../lib/bench-part.ts";
import { measurePercentiles } from "./percentiles.ts";

/** How near percentiles come to the truth. */
export const ACCURACY: readonly BenchPart[] = [
  {
    name: "percentiles",
    needsWorkerd: false,
    expectedSeconds: { full: 25, quick: 5 },
    goals: ["error of one process", "error of many merged", "merging"],
    measure: measurePercentiles,
  },
];
