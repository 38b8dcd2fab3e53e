import { createHash } from "node:crypto";
import type { QueueItem } from "./dispatch-store.ts";

const KEY_PATTERN = /^[A-Za-z0-9:._/-]{1,200}$/;

/**
 * The idempotency key of a message: of one entry its id, `ALERT:EVENT[:N]/CHANNEL`, else one that is
 * derived from all ids. As an entry is in one message only, no other message has the same key. The
 * channel is part of it because two channels may go to one receiver, as two mail channels of one
 * account do, which would take the second message for a repeat of the first with another content.
 * Likewise the tenant is part of a report's key: each tenant has one of that day.
 */
export function messageKey(tenant: string, items: readonly QueueItem[]): string {
  const keys = items.map(({ id, event }) => (event === "report" ? `${tenant}:${id}` : id));
  const [first] = keys;
  if (first !== undefined && keys.length === 1 && KEY_PATTERN.test(first)) return first;
  const ids = keys.join("\n");
  return `batch-${createHash("sha256").update(ids).digest("hex").slice(0, 40)}`;
}
