import type { BenchPart } from "../lib/bench-part.ts";
import { measurePolling } from "./polling.ts";
import { measureSubscribers } from "./subscribers.ts";

/** What it costs that somebody watches. */
export const FAN_OUT: readonly BenchPart[] = [
  {
    name: "subscribers",
    needsWorkerd: true,
    expectedSeconds: { full: 70, quick: 9 },
    goals: ["frame delay", "serialisations a tick"],
    measure: measureSubscribers,
  },
  {
    name: "polling",
    needsWorkerd: true,
    expectedSeconds: { full: 50, quick: 9 },
    goals: [],
    measure: measurePolling,
  },
];
