import { withDeadline } from "../deadline.ts";
import type { OutboxEntry, TenantStore } from "../merge/tenant-store.ts";
import { type RollupSink, SINK_DEADLINE_MS } from "./ports.ts";

/** Most stretches written in one run, so that a long backlog is worked off in bites. */
const MAX_ENTRIES = 30;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** How the way to D1 stands, for the health page. */
export interface OutboxHealth {
  readonly backlog: number;
  readonly oldestAt: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastWrittenAt: number | null;
}

/**
 * Carries stored stretches to D1. A failure leaves everything in the outbox and is tried again,
 * later each time, up to once a minute.
 */
export class OutboxFlusher {
  readonly #store: TenantStore;
  readonly #sink: RollupSink;
  #failures = 0;
  #retryAt = 0;
  #lastError: string | null = null;
  #lastWrittenAt: number | null = null;

  constructor(store: TenantStore, sink: RollupSink) {
    this.#store = store;
    this.#sink = sink;
  }

  /** When to run next, or undefined if there is nothing to carry. */
  nextRunAt(): number | undefined {
    const dueAt = this.#store.nextDueAt();
    return dueAt === undefined ? undefined : Math.max(dueAt, this.#retryAt);
  }

  /** Writes what is due. Never rejects. */
  async run(nowMs: number): Promise<void> {
    // A pause longer than the longest means that the clock went back.
    if (nowMs < this.#retryAt && this.#retryAt - nowMs <= LAST_RETRY_MS) return;
    try {
      for (const entry of this.#store.dueEntries(nowMs, MAX_ENTRIES))
        await this.#carry(entry, nowMs);
      this.#failures = 0;
      this.#retryAt = 0;
      this.#lastError = null;
    } catch (cause) {
      this.#failures += 1;
      const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
      this.#retryAt = nowMs + pauseMs;
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      console.warn(`history waits: D1 did not take it (attempt ${this.#failures})`, cause);
    }
  }

  health(nowMs: number): OutboxHealth {
    const { count, oldestAt } = this.#store.backlog(nowMs);
    return {
      backlog: count,
      oldestAt,
      failures: this.#failures,
      lastError: this.#lastError,
      lastWrittenAt: this.#lastWrittenAt,
    };
  }

  async #carry(entry: OutboxEntry, nowMs: number): Promise<void> {
    const rows = this.#store.slotsAt(entry.stepMs, entry.at);
    await withDeadline(this.#sink.write(rows), SINK_DEADLINE_MS, "D1's answer");
    this.#store.settle(entry);
    this.#lastWrittenAt = nowMs;
  }
}
