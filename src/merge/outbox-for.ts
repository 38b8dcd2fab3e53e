import type { OutboxEntry, StoredSlot } from "./tenant-store.ts";

/** How long a closed stretch waits for late timings before it first goes to D1. */
const SETTLE_MS = 2_000;

/** The entries of the outbox for rows that a checkpoint stores: one for each stretch. */
export function outboxFor(slots: readonly StoredSlot[]): Omit<OutboxEntry, "version">[] {
  const entries = new Map<string, Omit<OutboxEntry, "version">>();
  for (const { stepMs, at } of slots) {
    entries.set(`${stepMs}/${at}`, { stepMs, at, dueAt: at + stepMs + SETTLE_MS });
  }
  return [...entries.values()];
}
