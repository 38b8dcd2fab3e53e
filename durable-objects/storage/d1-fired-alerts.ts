import * as v from "valibot";
import { SEVERITIES } from "../../src/alerts/rule.ts";
import type { TimeRange } from "../../src/merge/history.ts";
import type { FiredAlert, FiredAlerts } from "../../src/reports/report-source.ts";

/** Most alerts that are read for one report; the newest. */
const MAX_ALERTS = 5_000;

const SELECT = `
  SELECT body FROM alerts
  WHERE tenant = ?1 AND fired_at < ?3 AND (resolved_at IS NULL OR resolved_at >= ?2)
  ORDER BY fired_at DESC LIMIT ?4`;

const COUNT = `
  SELECT COUNT(*) AS count FROM alerts
  WHERE tenant = ?1 AND fired_at < ?3 AND (resolved_at IS NULL OR resolved_at >= ?2)`;

/** Of a stored alert, what reports need; there is more. */
const BodySchema = v.object({
  id: v.string(),
  rule: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.picklist(SEVERITIES),
  firedAt: v.number(),
  resolvedAt: v.nullable(v.number()),
});

const CountSchema = v.object({ count: v.number() });

/** A tenant's alerts that fired at some time within a range. */
export async function readFiredAlerts(
  database: D1Database,
  tenant: string,
  { from, to }: TimeRange,
): Promise<FiredAlerts> {
  const [rows, counted] = await database.batch([
    database.prepare(SELECT).bind(tenant, from, to, MAX_ALERTS),
    database.prepare(COUNT).bind(tenant, from, to),
  ]);
  const alerts = (rows?.results ?? []).flatMap((row) => toAlert(row) ?? []);
  const { count } = v.parse(CountSchema, counted?.results[0]);
  return { alerts, leftOut: count - alerts.length };
}

/** Undefined for a row that this code cannot read: one of them must not cost the report. */
function toAlert(row: unknown): FiredAlert | undefined {
  const stored = v.safeParse(
    v.object({ body: v.pipe(v.string(), v.parseJson(), BodySchema) }),
    row,
  );
  return stored.success ? stored.output.body : undefined;
}
