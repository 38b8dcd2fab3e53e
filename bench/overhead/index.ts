import type { BenchPart } from "../lib/bench-part.ts";
import { measureTrackingWorker } from "./tracking-worker.ts";

/** What it costs a Worker to have its calls timed. */
export const OVERHEAD: readonly BenchPart[] = [
  {
    name: "tracking-worker",
    needsWorkerd: true,
    expectedSeconds: { full: 125, quick: 16 },
    goals: ["requests/s with the client"],
    measure: measureTrackingWorker,
  },
];
