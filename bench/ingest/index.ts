import type { BenchPart } from "../lib/bench-part.ts";
import { measureIngest } from "./measure-ingest.ts";

/** Bringing timings in. */
export const INGEST: readonly BenchPart[] = [
  {
    name: "timings",
    needsWorkerd: true,
    expectedSeconds: { full: 150, quick: 21 },
    goals: ["against VictoriaMetrics", "against InfluxDB", "against a Worker that only answers"],
    measure: measureIngest,
  },
];
