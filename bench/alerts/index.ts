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
    measure: measureEvaluations,
  },
  {
    name: "tick",
    needsWorkerd: false,
    expectedSeconds: { full: 30, quick: 10 },
    measure: measureTickCost,
  },
  {
    name: "delivery",
    needsWorkerd: true,
    expectedSeconds: { full: 300, quick: 60 },
    measure: measureDelivery,
  },
];
