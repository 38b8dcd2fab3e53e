import type { AlertStore } from "./alert-store.ts";
import type { Alert } from "./alert.ts";
import type { AuditEntry } from "./archive.ts";

/** Alerts that touch a range of time, and entries of the audit trail within it. */
export interface Unarchived {
  readonly alerts: readonly Alert[];
  readonly audit: readonly AuditEntry[];
}

/**
 * What D1 does not have yet as it is here, of a range [from, to) of time: alerts that fired before
 * its end and had not ended before its beginning, and entries of the audit trail made within it.
 * @param limit - most of each, the newest.
 */
export function unarchived(store: AlertStore, from: number, to: number, limit: number): Unarchived {
  return {
    alerts: store.queuedAlerts(from, to, limit),
    audit: store.queuedAudit(from, to, limit),
  };
}
