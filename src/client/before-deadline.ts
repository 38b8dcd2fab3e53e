import type { Timer } from "./timer.ts";

/**
 * Waits for `work` and for `delayMs` milliseconds, whichever is over first.
 *
 * @param work - Goes on after the deadline: what then becomes of it does not surface here.
 * @returns What came of it, or undefined if it was late.
 * @throws What `work` rejects with before the deadline.
 */
export async function beforeDeadline<Value>(
  work: Promise<Value>,
  delayMs: number,
  timer: Timer,
): Promise<{ readonly value: Value } | undefined> {
  let cancel = (): void => {};
  const deadline = new Promise<undefined>((resolve) => {
    cancel = timer(() => resolve(undefined), delayMs);
  });
  try {
    return await Promise.race([work.then((value) => ({ value })), deadline]);
  } finally {
    cancel();
  }
}
