/** The count of the minute that began at `startedAt`. */
export interface FixedWindow {
  /** Epoch milliseconds, a whole multiple of {@link WINDOW_MS}. */
  readonly startedAt: number;
  readonly count: number;
}

/** What a call was told at the door. */
export interface Admission {
  readonly admitted: boolean;
  /** Calls that this minute still has room for. */
  readonly remaining: number;
  /** Milliseconds until the next minute begins. */
  readonly resetMs: number;
  /** The share of the limit that is used, 0–100. */
  readonly usedPercent: number;
}

export const WINDOW_MS = 60_000;

export const EMPTY_WINDOW: FixedWindow = { startedAt: 0, count: 0 };

/** Counts one call at `now` against `limitPerMinute`; a refused call is not counted. */
export function admit(
  window: FixedWindow,
  limitPerMinute: number,
  now: number,
): { readonly window: FixedWindow; readonly admission: Admission } {
  const startedAt = Math.floor(now / WINDOW_MS) * WINDOW_MS;
  const before = window.startedAt === startedAt ? window.count : 0;
  const admitted = before < limitPerMinute;
  const count = admitted ? before + 1 : before;
  return {
    window: { startedAt, count },
    admission: {
      admitted,
      remaining: Math.max(0, limitPerMinute - count),
      resetMs: startedAt + WINDOW_MS - now,
      usedPercent: limitPerMinute === 0 ? 100 : Math.min(100, (100 * count) / limitPerMinute),
    },
  };
}
