import { ALERTS } from "./alerts.ts";
import { CACHE } from "./cache.ts";
import { D1 } from "./d1.ts";
import type { DashboardText } from "./dashboard.ts";
import { ERRORS } from "./errors.ts";
import { ITSELF } from "./itself.ts";
import { LATENCY } from "./latency.ts";
import { LIMITS } from "./limits.ts";
import { OVERVIEW } from "./overview.ts";
import { THROUGHPUT } from "./throughput.ts";

/** Every dashboard, in the order in which they are listed. */
export const DASHBOARDS: readonly DashboardText[] = [
  OVERVIEW,
  LATENCY,
  ERRORS,
  THROUGHPUT,
  D1,
  CACHE,
  LIMITS,
  ALERTS,
  ITSELF,
];
