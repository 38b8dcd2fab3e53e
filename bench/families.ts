import { ALERTS } from "./alerts/index.ts";
import { CORE } from "./core/index.ts";
import { EXPORT } from "./export/index.ts";
import type { BenchPart } from "./lib/bench-part.ts";
import { LIMITS } from "./limits/index.ts";
import { PILLARS } from "./pillars/index.ts";

/** Measurements that belong together. */
export interface Family {
  readonly name: string;
  readonly about: string;
  readonly parts: readonly BenchPart[];
  /** Whether it is run when none is named: what compares us with what people would use instead. */
  readonly isComparison: boolean;
}

/** All that can be measured, in the order in which it is. */
export const FAMILIES: readonly Family[] = [
  {
    name: "limits",
    about: "one bucket for a fleet: decisions, permits used, permits too many",
    parts: LIMITS,
    isComparison: true,
  },
  {
    name: "core",
    about: "the way of a timing to a live percentile, against nothing and against goals",
    parts: CORE,
    isComparison: false,
  },
  {
    name: "alerts",
    about: "rules, and how soon a message is out",
    parts: ALERTS,
    isComparison: false,
  },
  {
    name: "pillars",
    about: "wrappers of D1, KV, caches, queues and handlers against the bare ones",
    parts: PILLARS,
    isComparison: false,
  },
  {
    name: "export",
    about: "what a scrape costs",
    parts: EXPORT,
    isComparison: false,
  },
];
