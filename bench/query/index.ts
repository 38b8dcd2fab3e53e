import type { BenchPart } from "../lib/bench-part.ts";
import { measurePercentiles } from "./percentiles.ts";

/** What an answer costs once there is a lot to read. */
export const QUERY: readonly BenchPart[] = [
  {
    name: "percentiles",
    needsWorkerd: true,
    expectedSeconds: { full: 200, quick: 22 },
    goals: ["a month against InfluxDB", "worst error"],
    measure: measurePercentiles,
  },
];
