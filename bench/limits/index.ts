import type { BenchPart } from "../lib/bench-part.ts";
import { measureDecisions } from "./decisions.ts";
import { measureEndToEnd } from "./end-to-end.ts";
import { measureOverAdmission } from "./over-admission.ts";
import { measureUtilisation } from "./utilisation.ts";

/** The limits that the whole fleet keeps. */
export const LIMITS: readonly BenchPart[] = [
  {
    name: "over-admission",
    needsWorkerd: true,
    expectedSeconds: { full: 200, quick: 40 },
    measure: measureOverAdmission,
  },
  {
    name: "utilisation",
    needsWorkerd: true,
    expectedSeconds: { full: 180, quick: 40 },
    measure: measureUtilisation,
  },
  {
    name: "decisions",
    needsWorkerd: true,
    expectedSeconds: { full: 60, quick: 20 },
    measure: measureDecisions,
  },
  {
    name: "end-to-end",
    needsWorkerd: true,
    expectedSeconds: { full: 330, quick: 60 },
    measure: measureEndToEnd,
  },
];
