import { namedStatement } from "../attribution/named-statement.ts";
import { LEAD_LOST_MS, SESSION_STUCK_MS } from "./probes.ts";

/** Most rows that one run changes: a probe that still fails is healed again. */
const MAX_ROWS = 5_000;

/** Mends what a probe finds. Once or twice is the same. @returns how many rows it changed. */
type HealingJob = (db: D1Database, nowMs: number) => Promise<number>;

/** By the name of the probe. What people have to look at has none. */
export const HEALING_JOBS: ReadonlyMap<string, HealingJob> = new Map([
  ["lost-leads", processLostLeads],
  ["stuck-sessions", endStuckSessions],
]);

/** Where a real Worker would put them into its queue again. */
async function processLostLeads(db: D1Database, nowMs: number): Promise<number> {
  const { meta } = await namedStatement(
    db,
    "heal-lost-leads",
    `UPDATE leads SET processed_at = ?1 WHERE id IN
       (SELECT id FROM leads WHERE processed_at IS NULL AND created_at < ?2
        ORDER BY created_at LIMIT ?3)`,
    [nowMs, nowMs - LEAD_LOST_MS, MAX_ROWS],
  ).run();
  return meta.changes;
}

async function endStuckSessions(db: D1Database, nowMs: number): Promise<number> {
  const { meta } = await namedStatement(
    db,
    "heal-stuck-sessions",
    `UPDATE sessions SET state = 'ended' WHERE id IN
       (SELECT id FROM sessions WHERE state = 'active' AND touched_at < ?1
        ORDER BY touched_at LIMIT ?2)`,
    [nowMs - SESSION_STUCK_MS, MAX_ROWS],
  ).run();
  return meta.changes;
}
