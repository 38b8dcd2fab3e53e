import type { BenchPart } from "../lib/bench-part.ts";
import { measureGrid } from "./grid.ts";
import { measureTiers } from "./tiers.ts";

/** How far one coordinator goes, and what carries more. */
export const SCALE: readonly BenchPart[] = [
  {
    name: "grid",
    needsWorkerd: false,
    expectedSeconds: { full: 65, quick: 10 },
    goals: ["growth by shards"],
    measure: measureGrid,
  },
  {
    name: "tiers",
    needsWorkerd: false,
    expectedSeconds: { full: 30, quick: 7 },
    goals: ["tiers against one histogram"],
    measure: measureTiers,
  },
];
