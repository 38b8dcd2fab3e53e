import type { BenchPart } from "../lib/bench-part.ts";
import { measureClientCost } from "./client-cost.ts";
import { measureHttpIntake } from "./http-intake.ts";
import { measureReports } from "./reports.ts";
import { measureTick } from "./tick.ts";

/** The way of a timing to a live percentile. */
export const CORE: readonly BenchPart[] = [
  {
    name: "reports",
    needsWorkerd: true,
    expectedSeconds: { full: 75, quick: 15 },
    measure: measureReports,
  },
  {
    name: "http",
    needsWorkerd: true,
    expectedSeconds: { full: 70, quick: 15 },
    measure: measureHttpIntake,
  },
  {
    name: "client",
    needsWorkerd: true,
    expectedSeconds: { full: 90, quick: 20 },
    measure: measureClientCost,
  },
  {
    name: "tick",
    needsWorkerd: false,
    expectedSeconds: { full: 30, quick: 10 },
    measure: measureTick,
  },
];
