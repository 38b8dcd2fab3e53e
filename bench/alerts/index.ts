import type { BenchPart } from "../core/index.ts";
import { measureDelivery } from "./delivery.ts";
import { measureEvaluations } from "./evaluations.ts";
import { measureTickCost } from "./tick-cost.ts";

/** Rules, and the way of an alert to whoever is told. */
export const ALERTS: readonly BenchPart[] = [
  { name: "evaluations", needsWorkerd: false, measure: measureEvaluations },
  { name: "tick", needsWorkerd: false, measure: measureTickCost },
  { name: "delivery", needsWorkerd: true, measure: measureDelivery },
];
