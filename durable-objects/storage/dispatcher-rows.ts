import type { Batch, ChannelRecord } from "../../src/dispatcher/dispatch-store.ts";
import type { NotificationState, NotificationView } from "../../src/wire/dispatcher-rpc.ts";

/** An entry that waits. */
export interface ItemRow extends Record<string, SqlStorageValue> {
  id: string;
  channel: string;
  subject: string;
  queued_at: number;
  /** Null only where storage is damaged: what waits has one. */
  body: string | null;
}

/** A message whose fate is open. */
export interface BatchRow extends Record<string, SqlStorageValue> {
  channel: string;
  key: string;
  created_at: number;
  newest_at: number;
  attempts: number;
  failures: number;
  wait_from: number;
  wait_until: number;
  last_error: string | null;
}

/** How a channel stands. */
export interface ChannelRow extends Record<string, SqlStorageValue> {
  channel: string;
  wait_from: number;
  wait_until: number;
  failures: number;
  refused: number;
  failing_since: number | null;
  is_disabled: number;
  tried_at: number;
  last_delivered_at: number | null;
  last_error: string | null;
}

/** An entry as it is listed. */
export interface ViewRow extends Record<string, SqlStorageValue> {
  id: string;
  channel: string;
  subject: string;
  event: string;
  state: NotificationState;
  attempts: number;
  queued_at: number;
  next_at: number | null;
  delivered_at: number | null;
  last_error: string | null;
}

export function toBatch(row: BatchRow): Batch {
  return {
    channel: row.channel,
    key: row.key,
    createdAt: row.created_at,
    newestAt: row.newest_at,
    attempts: row.attempts,
    failures: row.failures,
    wait: { from: row.wait_from, until: row.wait_until },
    lastError: row.last_error,
  };
}

export function toView({
  subject,
  queued_at,
  next_at,
  delivered_at,
  last_error,
  ...row
}: ViewRow): NotificationView {
  return {
    id: row.id,
    channel: row.channel,
    alert: subject,
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    queuedAt: queued_at,
    nextAt: next_at,
    deliveredAt: delivered_at,
    lastError: last_error,
  };
}

export function toChannel(row: ChannelRow): ChannelRecord {
  return {
    channel: row.channel,
    wait: { from: row.wait_from, until: row.wait_until },
    failures: row.failures,
    refused: row.refused,
    failingSince: row.failing_since,
    isDisabled: row.is_disabled === 1,
    triedAt: row.tried_at,
    lastDeliveredAt: row.last_delivered_at,
    lastError: row.last_error,
  };
}
