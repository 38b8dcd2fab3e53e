const FIRST_BACKOFF_MS = 5_000;
const MAX_BACKOFF_MS = 600_000;

/**
 * How long to wait after a platform's `attempts`-th failure: doubles from 5 s to 10 min, and the
 * upper half is random, so that what failed together does not come back together.
 *
 * @param random Uniform in [0, 1).
 * @returns Milliseconds.
 */
export function backoffMs(attempts: number, random: number): number {
  const ceilingMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
  return Math.round((ceilingMs / 2) * (1 + random));
}
