const FIRST_MS = 1_000;

/** The longest wait between two attempts, and between two probes of a channel that is disabled. */
export const LONGEST_RETRY_MS = 15 * 60_000;

/** What a receiver may ask for at most: a message that waited for so long is dead. */
export const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

/**
 * How long to wait before a message is sent again: doubles with every failure from 1 s to 15 min,
 * and the upper half is random, so that what failed together does not return together ("equal
 * jitter"). Never sooner than the receiver said.
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
