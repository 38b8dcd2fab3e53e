import { DAY_MS, HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";

const FIRST_MS = 1_000;

/** How old an entry may become before it is told. After that it is news to nobody. */
export const LONGEST_LIFE_MS = DAY_MS;

/** The longest wait between two attempts, and between two probes of a channel that is disabled. */
export const LONGEST_RETRY_MS = 15 * MINUTE_MS;

/** What a receiver may ask for at most: it would else decide for how long nobody is told. */
export const LONGEST_RETRY_AFTER_MS = HOUR_MS;

/** How long before its end a message is tried for the last time if its receiver wants a later time. */
const LAST_TRY_MS = MINUTE_MS;

/**
 * How long to wait before a message is sent again: doubles with every failure from 1 s to 15 min,
 * and the upper half is random, so that what failed together does not return together ("equal
 * jitter"). Never sooner than the receiver said, up to {@link LONGEST_RETRY_AFTER_MS}.
 *
 * @param failures - in a row, at least 1.
 * @param random - uniform in [0, 1).
 * @param retryAfterMs - what the receiver said, if it did.
 * @returns milliseconds.
 */
export function retryWaitMs(failures: number, random: number, retryAfterMs?: number): number {
  const ceilingMs = Math.min(LONGEST_RETRY_MS, FIRST_MS * 2 ** (failures - 1));
  const backoffMs = Math.round((ceilingMs / 2) * (1 + random));
  const asked = retryAfterMs !== undefined && retryAfterMs > 0 ? Math.ceil(retryAfterMs) : 0;
  return Math.max(backoffMs, Math.min(asked, LONGEST_RETRY_AFTER_MS));
}

/**
 * How much of what a receiver asks for is heeded, so that the message is tried once more before it is
 * dead. At least {@link LONGEST_RETRY_MS}: what is left of an old message is no reason to press harder.
 *
 * @param lifeLeftMs - until the message is too old to be told.
 */
export function heededWaitMs(
  retryAfterMs: number | undefined,
  lifeLeftMs: number,
): number | undefined {
  if (retryAfterMs === undefined) return undefined;
  return Math.min(retryAfterMs, Math.max(LONGEST_RETRY_MS, lifeLeftMs - LAST_TRY_MS));
}
