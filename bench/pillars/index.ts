import type { BenchPart } from "../lib/bench-part.ts";
import { measureCache } from "./cache-cost.ts";
import { measureInserts } from "./insert-cost.ts";
import { measureInstruments } from "./instrument-cost.ts";

/** What instrumenting a Worker costs it, and what its cache and its inserts gain. */
export const PILLARS: readonly BenchPart[] = [
  {
    name: "instruments",
    needsWorkerd: true,
    expectedSeconds: { full: 60, quick: 15 },
    goals: ["a D1 query", "a KV read", "a handler"],
    measure: measureInstruments,
  },
  {
    name: "cache",
    needsWorkerd: true,
    expectedSeconds: { full: 20, quick: 8 },
    goals: ["a hit", "calls for a miss"],
    measure: measureCache,
  },
  {
    name: "inserts",
    needsWorkerd: true,
    expectedSeconds: { full: 20, quick: 8 },
    goals: ["inserts in batches"],
    measure: measureInserts,
  },
];
