const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/**
 * How long to wait before a report is sent again: doubles with every attempt from 500 ms to 30 s,
 * and the upper half is random, so that a fleet which failed together does not return together
 * ("equal jitter").
 *
 * @param attempts - How often it has been sent, at least 1.
 * @param random - Uniform in [0, 1).
 * @returns Milliseconds.
 */
export function backoffMs(attempts: number, random: number): number {
  const ceilingMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
  return (ceilingMs / 2) * (1 + random);
}
