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
    measure: measureInstruments,
  },
  {
    name: "cache",
    needsWorkerd: true,
    expectedSeconds: { full: 20, quick: 8 },
    measure: measureCache,
  },
  {
    name: "inserts",
    needsWorkerd: true,
    expectedSeconds: { full: 20, quick: 8 },
    measure: measureInserts,
  },
];
