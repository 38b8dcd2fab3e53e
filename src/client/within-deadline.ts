import type { Timer } from "./timer.ts";

/**
 * Waits for `work` and for `delayMs` milliseconds, whichever is over first.
 *
 * @param work - Goes on after the deadline.
 * @returns Whether `work` was done in time.
 * @throws What `work` rejects with before the deadline.
 */
export async function withinDeadline(
  work: Promise<void>,
  delayMs: number,
  timer: Timer,
): Promise<boolean> {
  let cancel = (): void => {};
  const deadline = new Promise<boolean>((resolve) => {
    cancel = timer(() => resolve(false), delayMs);
  });
  try {
    return await Promise.race([work.then(() => true), deadline]);
  } finally {
    cancel();
  }
}
