import { createHash } from "node:crypto";
import type { QueueItem } from "./dispatch-store.ts";

const KEY_PATTERN = /^[A-Za-z0-9:._/-]{1,200}$/;

/**
 * The idempotency key of a message: of one entry its id, `ALERT:EVENT[:N]/CHANNEL`, else one that is
 * derived from all ids. As an entry is in one message only, no other message has the same key. The
 * channel is part of it because two channels may go to one receiver, as two mail channels of one
 * account do, which would take the second message for a repeat of the first with another content.
 */
export function messageKey(items: readonly QueueItem[]): string {
  const [first] = items;
  if (first !== undefined && items.length === 1 && KEY_PATTERN.test(first.id)) return first.id;
  const ids = items.map(({ id }) => id).join("\n");
  return `batch-${createHash("sha256").update(ids).digest("hex").slice(0, 40)}`;
}
