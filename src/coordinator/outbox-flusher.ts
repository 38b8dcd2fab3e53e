import type { RetentionConfig } from "../config.ts";
import { withDeadline } from "../deadline.ts";
import { STEPS_MS } from "../merge/slot-time.ts";
import type { OutboxEntry, TenantStore } from "../merge/tenant-store.ts";
import { type RollupSink, SINK_DEADLINE_MS } from "./ports.ts";
import { keptFrom } from "./retention.ts";

/** Most stretches written in one run, so that a long backlog is worked off in bites. */
const MAX_ENTRIES = 30;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** How the way to D1 stands, for the health page. */
export interface OutboxHealth {
  readonly backlog: number;
  readonly oldestAt: number | null;
  /** Since when not everything that was due could be written, or null. */
  readonly behindSince: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastWrittenAt: number | null;
  /** Stretches that were given up since `startedAt`: D1 was away for as long as it keeps them. */
  readonly dropped: number;
}

/**
 * Carries stored stretches to D1. A failure leaves everything in the outbox and is tried again,
 * later each time, up to once a minute.
 */
export class OutboxFlusher {
  readonly #store: TenantStore;
  readonly #sink: RollupSink;
  readonly #retention: RetentionConfig;
  #failures = 0;
  #retryAt = 0;
  #lastError: string | null = null;
  #lastWrittenAt: number | null = null;
  #lastRunAt = -Infinity;
  #behindSince: number | null = null;
  #dropped = 0;

  /** @param retention how long D1 keeps what it is brought. */
  constructor(store: TenantStore, sink: RollupSink, retention: RetentionConfig) {
    this.#store = store;
    this.#sink = sink;
    this.#retention = retention;
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
      this.#dropExpired(nowMs);
      for (const entry of this.#store.dueEntries(nowMs, MAX_ENTRIES))
        await this.#carry(entry, nowMs);
      this.#behindSince =
        this.#store.backlog(nowMs).count === 0 ? null : (this.#behindSince ?? nowMs);
      this.#failures = 0;
      this.#retryAt = 0;
      this.#lastError = null;
    } catch (cause) {
      this.#failures += 1;
      this.#behindSince ??= nowMs;
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
      behindSince: this.#behindSince,
      failures: this.#failures,
      lastError: this.#lastError,
      lastWrittenAt: this.#lastWrittenAt,
      dropped: this.#dropped,
    };
  }

  /** What D1 would delete again at once need not wait for it: so the backlog has an end. */
  #dropExpired(nowMs: number): void {
    // By the earlier of two readings: one that is days ahead must not cost a backlog.
    const limits = keptFrom(this.#retention, Math.min(nowMs, this.#lastRunAt));
    this.#lastRunAt = nowMs;
    let dropped = 0;
    for (const stepMs of STEPS_MS) {
      dropped += this.#store.dropEntries(stepMs, limits[stepMs] - stepMs);
    }
    if (dropped === 0) return;
    this.#dropped += dropped;
    console.warn(`D1 was away for too long: ${dropped} stretches that it no longer keeps are lost`);
  }

  async #carry(entry: OutboxEntry, nowMs: number): Promise<void> {
    const rows = this.#store.slotsAt(entry.stepMs, entry.at);
    await withDeadline(this.#sink.write(rows), SINK_DEADLINE_MS, "D1's answer");
    this.#store.settle(entry);
    this.#lastWrittenAt = nowMs;
  }
}
