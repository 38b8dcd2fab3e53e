import { setTimeout as sleep } from "node:timers/promises";
import { bytesIn } from "../ingest/bytes-in.ts";

const LOOK_MS = 250;

/** How long is waited, milliseconds. */
export interface Patience {
  /** A directory that has not changed its size for so long is still. */
  readonly stillMs: number;
  readonly deadlineMs: number;
}

/** Waits until a server that works in the background has come to rest. @throws if it does not. */
export async function untilStill(
  directory: string,
  { stillMs, deadlineMs }: Patience,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let last = bytesIn(directory);
  let changedAt = performance.now();
  while (performance.now() < changedAt + stillMs) {
    if (performance.now() > deadline)
      throw new Error(`${directory} still changes after ${deadlineMs} ms`);
    await sleep(LOOK_MS);
    const now = bytesIn(directory);
    if (now !== last) changedAt = performance.now();
    last = now;
  }
}
