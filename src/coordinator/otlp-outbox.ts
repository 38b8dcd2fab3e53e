import type { ExportRequest } from "../export/otlp/export-requests.ts";

/** How much may wait for a collector. */
export interface OtlpOutboxBounds {
  readonly maxPushes: number;
  readonly maxBytes: number;
}

/**
 * What storage has to spare. A series takes some 0.9 kB a minute: it is two hours of 300 series, and
 * nine minutes of 4,096.
 */
export const OTLP_OUTBOX_BOUNDS: OtlpOutboxBounds = { maxPushes: 120, maxBytes: 32 * 1024 * 1024 };

/** One request that waits for the collector to take it. */
export interface OtlpPush extends ExportRequest {
  /** Later ones have higher numbers; none is used twice. */
  readonly number: number;
  /** When its totals were these, epoch milliseconds. */
  readonly at: number;
}

/** How far pushing has come. */
export interface OtlpProgress {
  /** When totals were last put here, epoch milliseconds; null for never. */
  readonly capturedAt: number | null;
  /** The number of the last checkpoint of which nothing is left to be put here; 0 for none. */
  readonly checkpoint: number;
  /** Failed attempts in a row with the first push. */
  readonly failures: number;
  /** Not to be tried before, epoch milliseconds; 0 if it may be. */
  readonly retryAt: number;
}

/** How much waits. */
export interface OtlpBacklog {
  readonly pushes: number;
  readonly bytes: number;
  readonly oldestAt: number | null;
}

/**
 * What waits for a collector, in order, and how far pushing has come; kept through restarts. It has
 * bounds: beyond them the oldest goes.
 */
export interface OtlpOutbox {
  readonly progress: OtlpProgress;
  readonly backlog: OtlpBacklog;
  /**
   * Puts totals at the end.
   * @param requests read one by one; if that throws, nothing has changed.
   * @param captured when they were these, and the last checkpoint of which nothing is left out.
   * @returns how many had to go.
   */
  append(requests: Iterable<ExportRequest>, captured: { at: number; checkpoint: number }): number;
  /** The one to send next. */
  first(): OtlpPush | undefined;
  /** Forgets a push that has found its end, and the failures before it. */
  settle(number: number): void;
  /**
   * Forgets a push that the collector will never take, and the failures before it. If it was of the
   * totals that came last, their checkpoint counts as not put here: no later push says what it said.
   */
  refuse(push: Pick<OtlpPush, "number" | "at">): void;
  /** Notes that the first push could not be sent. */
  postpone(failures: number, retryAt: number): void;
  /** Forgets those of before a time. @returns how many. */
  dropBefore(at: number): number;
}
