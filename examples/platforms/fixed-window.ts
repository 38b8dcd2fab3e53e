import type { Admission } from "./admission.ts";

/** The count of the minute that began at `startedAt`. */
export interface FixedWindow {
  /** Epoch milliseconds, a whole multiple of {@link WINDOW_MS}. */
  readonly startedAt: number;
  readonly count: number;
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
      limit: limitPerMinute,
      remaining: Math.max(0, limitPerMinute - count),
      resetMs: startedAt + WINDOW_MS - now,
      usedPercent: limitPerMinute === 0 ? 100 : Math.min(100, (100 * count) / limitPerMinute),
    },
  };
}
