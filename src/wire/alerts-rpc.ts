import type { AlertView } from "../alerts/alert-view.ts";
import type { AuditEntry } from "../alerts/archive.ts";
import type { Silence } from "../alerts/silence.ts";
import type { NotificationView } from "./dispatcher-rpc.ts";

/** Most silences that a tenant may have at a time; those that are over are forgotten. */
export const MAX_SILENCES = 1_000;

/** Most alerts, or entries of the audit trail, that one answer has. */
export const MAX_UNARCHIVED = 1_000;

/** What D1 does not have yet. */
export interface UnarchivedViews {
  readonly alerts: readonly AlertView[];
  readonly audit: readonly AuditEntry[];
}

/** A silence that was asked for. */
export type SilenceAnswer =
  | { readonly ok: true; readonly silence: Silence }
  | { readonly ok: false; readonly reason: "too_many"; readonly maxSilences: number };

/** The coordinator's alerts, as the entry Worker calls them. */
export interface AlertsRpc {
  /** The alerts that have not ended, as JSON text `{"alerts": AlertView[]}`. */
  alerts(): Promise<string>;
  /** @returns the alert, or null if none that is open has this id. */
  acknowledge(id: string, by: string): Promise<AlertView | null>;
  /** Those that are not over. */
  silences(): Promise<readonly Silence[]>;
  addSilence(silence: Omit<Silence, "id">): Promise<SilenceAnswer>;
  /** @returns whether there was one. */
  removeSilence(id: string, by: string): Promise<boolean>;
  /** Keeps what somebody did, in D1. */
  audit(entry: Omit<AuditEntry, "id" | "at">): Promise<void>;
  /**
   * What D1 does not have yet as it is here, of [from, to): at most {@link MAX_UNARCHIVED} alerts
   * and as many entries of the audit trail, the newest.
   * @returns JSON text of {@link UnarchivedViews}.
   */
  unarchived(from: number, to: number): Promise<string>;
  /** Notifications that the dispatcher does not have yet. */
  outgoing(): Promise<readonly NotificationView[]>;
}
