// A real project imports from "tachograph/client".
import type { QueryCall } from "../../../src/client/index.ts";
import type { HealingQueryName } from "./healing-queries.ts";
import { LEAD_LOST_MS, SESSION_STUCK_MS } from "./probes.ts";

/** Most rows that one run changes: a probe that still fails is healed again. */
const MAX_ROWS = 5_000;

/** The query that mends what a probe finds. Once or twice is the same. */
type HealingJob = (nowMs: number) => QueryCall<HealingQueryName>;

/** By the name of the probe. What people have to look at has none. */
export const HEALING_JOBS: ReadonlyMap<string, HealingJob> = new Map<string, HealingJob>([
  ["lost-leads", (nowMs) => ["heal-lost-leads", [nowMs, nowMs - LEAD_LOST_MS, MAX_ROWS]]],
  ["stuck-sessions", (nowMs) => ["heal-stuck-sessions", [nowMs - SESSION_STUCK_MS, MAX_ROWS]]],
]);
