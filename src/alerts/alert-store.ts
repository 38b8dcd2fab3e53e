import type { Notification } from "../notify/notice.ts";
import type { Alert } from "./alert.ts";
import type { ArchiveRecord, AuditEntry } from "./archive.ts";
import type { Silence } from "./silence.ts";

/** What the coordinator's storage knows of alerts when it wakes. */
export interface StoredAlerts {
  /** Those that have not ended. */
  readonly alerts: readonly Alert[];
  /** Numbers the alerts of the tenant, from 1. */
  readonly nextNumber: number;
  readonly silences: readonly Silence[];
}

/** Everything that changes at once, all of it or nothing. */
export interface AlertCommit {
  readonly nextNumber?: number;
  /** Open alerts as they are now. */
  readonly put?: readonly Alert[];
  /** Ids of alerts that ended, or never fired. */
  readonly remove?: readonly string[];
  /** What is to be told: handed to the dispatcher later. */
  readonly notifications?: readonly Notification[];
  /** What goes to D1 later. */
  readonly records?: readonly ArchiveRecord[];
  readonly putSilences?: readonly Silence[];
  readonly removeSilences?: readonly string[];
}

/** A record on its way to D1. */
export interface QueuedRecord {
  readonly record: ArchiveRecord;
  /**
   * Numbers all changes of the tenant's records, each with a higher number than the one before: so
   * a finished write does not hide a newer change, and a late one does not undo it.
   */
  readonly version: number;
}

/** How much may wait in an {@link AlertStore}. */
export interface AlertStoreBounds {
  /** Notifications: beyond it the oldest repeats are dropped, then the oldest. */
  readonly outgoing: number;
  /** Records: beyond it the oldest are dropped. */
  readonly records: number;
}

/** Room for a dispatcher, or D1, that is away for a day of many alerts. */
export const ALERT_STORE_BOUNDS: AlertStoreBounds = { outgoing: 20_000, records: 20_000 };

/** What was lost in this life of a store. */
export interface AlertLosses {
  /** Notifications that were dropped. */
  readonly notifications: number;
  /** Records that were dropped. */
  readonly records: number;
  /** Rows of any kind that were left out, since they could not be read. */
  readonly unreadable: number;
}

/** Where a coordinator keeps its alerts and what they leave behind. Synchronous. */
export interface AlertStore {
  load(): StoredAlerts;
  commit(change: AlertCommit): void;
  /** Notifications that the dispatcher does not have yet, the oldest first. */
  outgoing(limit: number): readonly Notification[];
  outgoingCount(): number;
  /** The dispatcher has them. */
  settleOutgoing(ids: readonly string[]): void;
  /** Records that D1 does not have yet, the oldest first. */
  queuedRecords(limit: number): readonly QueuedRecord[];
  queuedRecordCount(): number;
  /**
   * Of those the alerts that touch [from, to): that fired (or began, if they did not fire) before
   * its end and had not ended before its beginning.
   * @param limit - most of them, the newest; they come first. No more are read.
   */
  queuedAlerts(from: number, to: number, limit: number): readonly Alert[];
  /** Of those the entries of the audit trail that were made within [from, to), likewise. */
  queuedAudit(from: number, to: number, limit: number): readonly AuditEntry[];
  /** D1 has them, unless they changed meanwhile. */
  settleRecords(records: readonly QueuedRecord[]): void;
  readonly losses: AlertLosses;
}
