import type { AlertLosses, AlertStore } from "../alerts/alert-store.ts";
import type { RetentionConfig } from "../config.ts";
import { withDeadline } from "../deadline.ts";
import { DAY_MS, HOUR_MS } from "../merge/slot-time.ts";
import { type ArchiveSink, SINK_DEADLINE_MS } from "./ports.ts";

/** Records in one write. */
const RECORDS_PER_WRITE = 500;

/** Writes in one run, so that a long backlog is worked off in bites. */
const MAX_WRITES = 10;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** How often what is too old is looked for. */
const DELETE_EVERY_MS = HOUR_MS;

/** How the way of alerts and the audit trail to D1 stands, for the health page. */
export interface ArchiveHealth {
  /** Records that D1 does not have yet as they are here. */
  readonly queued: number;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly lastError: string | null;
  readonly lastWrittenAt: number | null;
  /** What was lost since `startedAt`: too much waited, or could not be read. */
  readonly lost: AlertLosses;
  readonly retention: {
    readonly lastRunAt: number | null;
    readonly deleted: number;
    readonly lastError: string | null;
  };
}

/**
 * Carries alerts and the audit trail to D1, and deletes there what is too old. A failure leaves
 * everything in the queue and is tried again, later each time, up to once a minute.
 */
export class ArchiveFlusher {
  readonly #store: AlertStore;
  readonly #sink: ArchiveSink;
  readonly #retention: RetentionConfig;
  #failures = 0;
  #failingSince: number | null = null;
  #retryAt = 0;
  #lastError: string | null = null;
  #lastWrittenAt: number | null = null;
  #deletedAt: number | null = null;
  #deleted = 0;
  #deleteError: string | null = null;

  /** @param retention what is as old as rollups of a day is deleted as they are. */
  constructor(store: AlertStore, sink: ArchiveSink, retention: RetentionConfig) {
    this.#store = store;
    this.#sink = sink;
    this.#retention = retention;
  }

  /** When to run next, or undefined if there is nothing to carry. */
  nextRunAt(nowMs: number): number | undefined {
    return this.#store.queuedRecordCount() === 0 ? undefined : this.#pauseEnd(nowMs);
  }

  /** Writes what waits, and deletes what is too old if an hour has passed. Never rejects. */
  async run(nowMs: number): Promise<void> {
    await this.#carry(nowMs);
    await this.#deleteOld(nowMs);
  }

  health(): ArchiveHealth {
    return {
      queued: this.#store.queuedRecordCount(),
      failures: this.#failures,
      failingSince: this.#failingSince,
      lastError: this.#lastError,
      lastWrittenAt: this.#lastWrittenAt,
      lost: this.#store.losses,
      retention: {
        lastRunAt: this.#deletedAt,
        deleted: this.#deleted,
        lastError: this.#deleteError,
      },
    };
  }

  async #carry(nowMs: number): Promise<void> {
    if (nowMs < this.#pauseEnd(nowMs)) return;
    try {
      for (let write = 0; write < MAX_WRITES; write++) {
        const records = this.#store.queuedRecords(RECORDS_PER_WRITE);
        if (records.length === 0) break;
        await withDeadline(this.#sink.write(records), SINK_DEADLINE_MS, "D1's answer");
        this.#store.settleRecords(records);
        this.#lastWrittenAt = nowMs;
      }
      this.#failures = 0;
      this.#failingSince = null;
      this.#retryAt = 0;
      this.#lastError = null;
    } catch (cause) {
      this.#failures += 1;
      this.#failingSince ??= nowMs;
      const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
      this.#retryAt = nowMs + pauseMs;
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      console.warn(`alerts wait: D1 did not take them (attempt ${this.#failures})`, cause);
    }
  }

  /** A pause longer than the longest means that the clock went back. */
  #pauseEnd(nowMs: number): number {
    return this.#retryAt - nowMs <= LAST_RETRY_MS ? Math.max(this.#retryAt, nowMs) : nowMs;
  }

  async #deleteOld(nowMs: number): Promise<void> {
    if (this.#deletedAt !== null && Math.abs(nowMs - this.#deletedAt) < DELETE_EVERY_MS) return;
    this.#deletedAt = nowMs;
    const before = nowMs - this.#retention.daysDays * DAY_MS;
    try {
      // A call deletes a bounded number, so it is repeated until there is nothing left.
      for (;;) {
        const call = this.#sink.deleteBefore(before);
        const deleted = await withDeadline(call, SINK_DEADLINE_MS, "D1's answer");
        // What does not say how many it deleted has an end, too.
        if (!(deleted > 0)) break;
        this.#deleted += deleted;
      }
      this.#deleteError = null;
    } catch (cause) {
      this.#deleteError = cause instanceof Error ? cause.message : String(cause);
      console.warn("old alerts could not be deleted; it is tried again in an hour", cause);
    }
  }
}
