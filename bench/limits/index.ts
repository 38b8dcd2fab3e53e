import type { BenchPart } from "../core/index.ts";
import { measureDecisions } from "./decisions.ts";
import { measureEndToEnd } from "./end-to-end.ts";
import { measureOverAdmission } from "./over-admission.ts";
import { measureUtilisation } from "./utilisation.ts";

/** The limits that the whole fleet keeps. */
export const LIMITS: readonly BenchPart[] = [
  { name: "over-admission", needsWorkerd: true, measure: measureOverAdmission },
  { name: "utilisation", needsWorkerd: true, measure: measureUtilisation },
  { name: "decisions", needsWorkerd: true, measure: measureDecisions },
  { name: "end-to-end", needsWorkerd: true, measure: measureEndToEnd },
];
