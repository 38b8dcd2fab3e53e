/** The length of a live slot. */
export const SLOT_MS = 5_000;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The lengths of stored stretches, the shortest first. */
export const STEPS_MS = [MINUTE_MS, HOUR_MS, DAY_MS] as const;

/** The largest multiple of `stepMs` at or before `at`: the start of the stretch that holds it. */
export function startOf(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}
