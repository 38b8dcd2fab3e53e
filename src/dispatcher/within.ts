import type { DispatcherOptions } from "./ports.ts";

/** How long something may go on after it was told to end, until it is let go of. */
export const GRACE_MS = 1_000;

/**
 * Runs `work` and tells it to end after `timeoutMs`; what does not obey is let go of
 * {@link GRACE_MS} later.
 * @throws what `work` throws, or an Error that says that it was too late.
 */
export async function within<Result>(
  startTimer: DispatcherOptions["startTimer"],
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stops: (() => void)[] = [];
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    stops.push(
      startTimer(() => controller.abort(error), timeoutMs),
      startTimer(() => reject(error), timeoutMs + GRACE_MS),
    );
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    for (const stop of stops) stop();
  }
}
