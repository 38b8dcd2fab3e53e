import { ACCURACY } from "./accuracy/index.ts";
import { ALERTS } from "./alerts/index.ts";
import { CORE } from "./core/index.ts";
import { COST } from "./cost/index.ts";
import { EXPORT } from "./export/index.ts";
import { FAN_OUT } from "./fan-out/index.ts";
import { FRESHNESS } from "./freshness/index.ts";
import { INGEST } from "./ingest/index.ts";
import type { BenchPart } from "./lib/bench-part.ts";
import { LIMITS, LIMITS_LONG } from "./limits/index.ts";
import { OVERHEAD } from "./overhead/index.ts";
import { PILLARS } from "./pillars/index.ts";
import { QUERY } from "./query/index.ts";
import { SCALE } from "./scale/index.ts";

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
    name: "overhead",
    about: "what a tracking Worker pays for having its calls timed",
    parts: OVERHEAD,
    isComparison: true,
  },
  {
    name: "ingest",
    about: "1, 100 and 1,000 timings a request into everybody who takes them, and what is kept",
    parts: INGEST,
    isComparison: true,
  },
  {
    name: "query",
    about: "p50–p99.9 over a minute, a day and a month once there are ten million timings",
    parts: QUERY,
    isComparison: true,
  },
  {
    name: "accuracy",
    about: "percentiles against the sorted truth, of one process and of many merged",
    parts: ACCURACY,
    isComparison: true,
  },
  {
    name: "limits",
    about: "one bucket for a fleet: decisions, permits used, permits too many",
    parts: LIMITS,
    isComparison: true,
  },
  {
    name: "freshness",
    about: "end of a call until it can be seen",
    parts: FRESHNESS,
    isComparison: true,
  },
  {
    name: "fan-out",
    about: "what it costs that somebody watches, by how many do",
    parts: FAN_OUT,
    isComparison: true,
  },
  {
    name: "scale",
    about:
      "one coordinator and more and more of everything, then tiers of coordinators in simulation",
    parts: SCALE,
    isComparison: true,
  },
  {
    name: "cost",
    about: "dollars for a billion timings by the public price list, beside what is written first",
    parts: COST,
    isComparison: true,
  },
  {
    name: "limits-long",
    about: "ten times what a limit allows through a whole fleet, event by event, in five minutes",
    parts: LIMITS_LONG,
    isComparison: false,
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
