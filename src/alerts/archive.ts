import type { Alert } from "./alert.ts";

/** What somebody did, kept for whoever asks later. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** A name that the caller gave, or `token:` and the first digits of the token's digest. */
  readonly by: string;
  readonly action:
    | "silence.create"
    | "silence.delete"
    | "alert.acknowledge"
    | "limit.set"
    | "limit.delete"
    | "limit.reopen"
    | "channel.test";
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
