import type { BenchPart } from "../lib/bench-part.ts";
import { measureCost } from "./measure-cost.ts";

/** What it costs to be told. */
export const COST: readonly BenchPart[] = [
  {
    name: "dollars",
    needsWorkerd: true,
    expectedSeconds: { full: 55, quick: 18 },
    goals: ["dollars for a billion timings", "the model's prediction"],
    measure: measureCost,
  },
];
