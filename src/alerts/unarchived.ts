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
  // The newest first also among those of one millisecond.
  const records = store
    .queuedRecords(store.queuedRecordCount())
    .map(({ record }) => record)
    .toReversed();
  const alerts = records.flatMap((record) => (record.kind === "alert" ? [record.alert] : []));
  const audit = records.flatMap((record) => (record.kind === "audit" ? [record.entry] : []));
  return {
    alerts: alerts
      .filter((alert) => firedAt(alert) < to && (alert.resolvedAt ?? Infinity) >= from)
      .toSorted((one, other) => firedAt(other) - firedAt(one))
      .slice(0, limit),
    audit: audit
      .filter(({ at }) => at >= from && at < to)
      .toSorted((one, other) => other.at - one.at)
      .slice(0, limit),
  };
}

function firedAt(alert: Alert): number {
  return alert.firedAt ?? alert.since;
}
