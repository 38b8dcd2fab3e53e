import { setTimeout as sleep } from "node:timers/promises";

/** Waits. @throws the signal's reason as soon as it is aborted. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw cause;
  }
}
