import type { BenchPart } from "../core/index.ts";
import { measureCache } from "./cache-cost.ts";
import { measureInserts } from "./insert-cost.ts";
import { measureInstruments } from "./instrument-cost.ts";

/** What instrumenting a Worker costs it, and what its cache and its inserts gain. */
export const PILLARS: readonly BenchPart[] = [
  { name: "instruments", needsWorkerd: true, measure: measureInstruments },
  { name: "cache", needsWorkerd: true, measure: measureCache },
  { name: "inserts", needsWorkerd: true, measure: measureInserts },
];
