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
    expectedSeconds: { full: 132, quick: 16 },
    goals: ["permits over the limit"],
    measure: measureOverAdmission,
  },
  {
    name: "utilisation",
    needsWorkerd: true,
    expectedSeconds: { full: 64, quick: 5 },
    goals: ["permits used"],
    measure: measureUtilisation,
  },
  {
    name: "decisions",
    needsWorkerd: true,
    expectedSeconds: { full: 40, quick: 5 },
    goals: ["a decision from a lease", "a decision by RPC", "a take by RPC"],
    measure: measureDecisions,
  },
];

/** What takes minutes because a limit lasts minutes. */
export const LIMITS_LONG: readonly BenchPart[] = [
  {
    name: "end-to-end",
    needsWorkerd: true,
    expectedSeconds: { full: 330, quick: 60 },
    goals: ["events one by one", "events in batches"],
    measure: measureEndToEnd,
  },
];
