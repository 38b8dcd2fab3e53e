import { alertView, type AlertView } from "../alerts/alert-view.ts";
import type { Alert } from "../alerts/alert.ts";
import type { AuditEntry } from "../alerts/archive.ts";
import { config } from "../configured.ts";
import { summariser } from "../coordinator/alert-summary.ts";
import { type ArchivePage, D1Archive } from "../../durable-objects/storage/d1-archive.ts";
import type { TimeRange } from "../merge/history.ts";
import type { UnarchivedViews } from "../wire/alerts-rpc.ts";
import { askCoordinator } from "./ask-tenant.ts";

/** What was found of a range of time, the newest first. */
export interface ArchivedPage<Value> {
  readonly values: readonly Value[];
  /** Whether there is more, which is older. */
  readonly truncated: boolean;
  /** Stored rows that this version cannot read. */
  readonly unreadable: number;
}

/** Where alerts of a range of time are found, and what each of the places has; see {@link overlay}. */
export interface AlertSources {
  /** In D1, the newest. */
  readonly stored: ArchivePage<Alert>;
  /** What D1 does not have yet as it is, from the coordinator. */
  readonly queued: readonly AlertView[];
  /** Those that fire. */
  readonly firing: readonly AlertView[];
}

/**
 * Alerts that fired before the end of a range and had not ended before its beginning: from D1, and
 * as they are now from the coordinator.
 * @param limit - most that are read of D1.
 * @throws Problem 503 if the coordinator does not answer.
 */
export async function readAlertSources(
  env: Env,
  tenant: string,
  { from, to }: TimeRange,
  limit: number,
): Promise<AlertSources> {
  // The coordinator first: what it carries to D1 in between is then read twice, and replaced.
  const [open, queued] = await Promise.all([
    readOpenAlerts(env, tenant),
    readUnarchived(env, tenant, from, to),
  ]);
  const stored = await new D1Archive(env.DB, tenant).readAlerts(from, to, limit);
  const firing = open.filter(({ firedAt }) => firedAt !== null && firedAt < to);
  return { stored, queued: queued.alerts, firing };
}

/** The alerts of a range as the API shows them, each once. */
export async function readAlertHistory(
  env: Env,
  tenant: string,
  range: TimeRange,
  limit: number,
): Promise<ArchivedPage<AlertView>> {
  const { stored, queued, firing } = await readAlertSources(env, tenant, range, limit + 1);
  const summarise = summariser(tenant, config.messages);
  const views = stored.values.map((alert) => alertView(alert, config.messages.language, summarise));
  const { unreadable } = stored;
  return { ...newestOf(overlay([views, queued, firing]), limit), unreadable };
}

/** Entries of the audit trail within a range. */
export async function readAuditTrail(
  env: Env,
  tenant: string,
  { from, to }: TimeRange,
  limit: number,
): Promise<ArchivedPage<AuditEntry>> {
  const queued = await readUnarchived(env, tenant, from, to);
  const { values, unreadable } = await new D1Archive(env.DB, tenant).readAudit(from, to, limit + 1);
  const byId = new Map([...values, ...queued.audit].map((entry) => [entry.id, entry]));
  const all = [...byId.values()].toSorted((one, other) => other.at - one.at);
  return { values: all.slice(0, limit), truncated: all.length > limit, unreadable };
}

/** The alerts that have not ended. */
export async function readOpenAlerts(env: Env, tenant: string): Promise<readonly AlertView[]> {
  const text = await askCoordinator(env, tenant, (coordinator) => coordinator.alerts());
  // Written by the same deployment.
  const body: { readonly alerts: readonly AlertView[] } = JSON.parse(text);
  return body.alerts;
}

/**
 * Each alert once, the later list's; but what has ended in one of them has ended.
 * @param lists - of which each may be newer than those before it.
 */
export function overlay<One extends Pick<Alert, "id" | "state">>(
  lists: readonly (readonly One[])[],
): One[] {
  const byId = new Map<string, One>();
  for (const alert of lists.flat()) {
    if (alert.state !== "resolved" && byId.get(alert.id)?.state === "resolved") continue;
    byId.set(alert.id, alert);
  }
  return [...byId.values()];
}

async function readUnarchived(
  env: Env,
  tenant: string,
  from: number,
  to: number,
): Promise<UnarchivedViews> {
  const text = await askCoordinator(env, tenant, (coordinator) => coordinator.unarchived(from, to));
  // Written by the same deployment.
  const body: UnarchivedViews = JSON.parse(text);
  return body;
}

function newestOf(
  alerts: readonly AlertView[],
  limit: number,
): Pick<ArchivedPage<AlertView>, "values" | "truncated"> {
  const sorted = alerts.toSorted((one, other) => (other.firedAt ?? 0) - (one.firedAt ?? 0));
  return { values: sorted.slice(0, limit), truncated: sorted.length > limit };
}
