import type { Alert } from "./alert.ts";

/** What somebody can do that is kept. */
export const AUDIT_ACTIONS = [
  "silence.create",
  "silence.delete",
  "alert.acknowledge",
  "limit.set",
  "limit.delete",
  "limit.reopen",
  "channel.test",
  "cache.invalidate",
  "history.import",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What somebody did, kept for whoever asks later. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** A name that the caller gave, or `token:` and the first digits of the token's digest. */
  readonly by: string;
  readonly action: AuditAction;
  /** What it was done to: an alert's or a silence's id, a target, a channel. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What is kept in D1 for good, in the order in which it happened. Writing one twice changes nothing. */
export type ArchiveRecord =
  | { readonly kind: "alert"; readonly alert: Alert }
  | { readonly kind: "audit"; readonly entry: AuditEntry };

/** The natural key of a record among the tenant's. */
export function recordKey(record: ArchiveRecord): string {
  return record.kind === "alert" ? `alert/${record.alert.id}` : `audit/${record.entry.id}`;
}

/** When what a record is about took place, epoch milliseconds: what the history is searched by. */
export interface RecordTimes {
  /** When an alert fired (or began, if it did not), or when an entry was made. */
  readonly at: number;
  /** When an alert ended; null for one that has not, and for an entry. */
  readonly endedAt: number | null;
}

export function recordTimes(record: ArchiveRecord): RecordTimes {
  if (record.kind === "audit") return { at: record.entry.at, endedAt: null };
  const { firedAt, since, resolvedAt } = record.alert;
  return { at: firedAt ?? since, endedAt: resolvedAt };
}
