import type { BenchPart } from "../lib/bench-part.ts";
import { measureFreshness } from "./visible.ts";

/** How soon a call can be seen. */
export const FRESHNESS: readonly BenchPart[] = [
  {
    name: "visible",
    needsWorkerd: true,
    expectedSeconds: { full: 60, quick: 17 },
    goals: ["freshness while watched"],
    measure: measureFreshness,
  },
];
