/** How the way of totals to a collector stands. Times are epoch milliseconds. */
export interface OtlpExportHealth {
  /** Where totals are pushed to, without its path; null if that cannot be used. */
  readonly origin: string | null;
  /** Why nothing can be pushed as it is configured, or null. */
  readonly fault: string | null;
  readonly queuedPushes: number;
  readonly queuedBytes: number;
  /** Of when the totals are that wait the longest. */
  readonly oldestAt: number | null;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** Whether the last push was refused for good. */
  readonly isRefused: boolean;
  /** Why the last push was not taken, or null if it was, or none was tried in this life. */
  readonly lastError: string | null;
  /** Why points of the last push that was taken were rejected, or null if none were. */
  readonly lastRejection: string | null;
  readonly lastCapturedAt: number | null;
  readonly lastSentAt: number | null;
  /** Pushes that were taken since `startedAt`. */
  readonly sentPushes: number;
  /** Pushes that were lost since `startedAt`: refused, too many, or a day old. */
  readonly droppedPushes: {
    readonly refused: number;
    readonly overflow: number;
    readonly expired: number;
  };
  /** Data points that were rejected since `startedAt`, out of pushes that were taken. */
  readonly rejectedPoints: number;
}

/** The health of a way that nothing was ever sent on. */
export const UNUSED_EXPORT: OtlpExportHealth = {
  origin: null,
  fault: null,
  queuedPushes: 0,
  queuedBytes: 0,
  oldestAt: null,
  failures: 0,
  isRefused: false,
  lastError: null,
  lastRejection: null,
  lastCapturedAt: null,
  lastSentAt: null,
  sentPushes: 0,
  droppedPushes: { refused: 0, overflow: 0, expired: 0 },
  rejectedPoints: 0,
};
