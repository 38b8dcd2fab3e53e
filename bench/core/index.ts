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
    goals: ["ratio to nothing", "rows", "timings/s"],
    measure: measureReports,
  },
  {
    name: "http",
    needsWorkerd: true,
    expectedSeconds: { full: 70, quick: 15 },
    goals: ["one timing", "many timings"],
    measure: measureHttpIntake,
  },
  {
    name: "client",
    needsWorkerd: true,
    expectedSeconds: { full: 90, quick: 20 },
    goals: ["a record()", "a request"],
    measure: measureClientCost,
  },
  {
    name: "tick",
    needsWorkerd: false,
    expectedSeconds: { full: 30, quick: 10 },
    goals: ["CPU of a tick", "growth"],
    measure: measureTick,
  },
];
