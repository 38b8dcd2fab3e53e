import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;
const ATTEMPT_TIMEOUT_MS = 2_000;

/** Polls `url` until it answers 200; resolves to false when `signal` is aborted first. */
export async function waitUntilAnswers(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(url)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    // Refused or too slow: it is not up yet, and whoever waits has a deadline.
    return false;
  }
}
