import type { BenchPart } from "../lib/bench-part.ts";
import { measureDelivery } from "./delivery.ts";
import { measureEvaluations } from "./evaluations.ts";
import { measureTickCost } from "./tick-cost.ts";

/** Rules, and the way of an alert to whoever is told. */
export const ALERTS: readonly BenchPart[] = [
  {
    name: "evaluations",
    needsWorkerd: false,
    expectedSeconds: { full: 20, quick: 8 },
    goals: ["all series changed", "nothing changed", "everything at once"],
    measure: measureEvaluations,
  },
  {
    name: "tick",
    needsWorkerd: false,
    expectedSeconds: { full: 30, quick: 10 },
    goals: [],
    measure: measureTickCost,
  },
  {
    name: "delivery",
    needsWorkerd: true,
    expectedSeconds: { full: 300, quick: 60 },
    goals: ["how soon a message is out, near", "the same, far", "each once"],
    measure: measureDelivery,
  },
];
