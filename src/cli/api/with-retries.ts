import { backoffMs } from "../../client/backoff.ts";
import { CliError } from "../cli-error.ts";
import { MAX_ASKED_MS } from "./asked-wait.ts";

export interface RetryOptions {
  /** How often it is tried in all, 1 or more. */
  readonly attempts: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told of each failure that is waited after, and how long, milliseconds. */
  readonly onWait: (error: CliError, waitMs: number) => void;
  /**
   * Whether the attempt that failed got further than those before: then failures are counted from
   * the start, as what is long may break off often. No attempt does if absent.
   */
  readonly gotFurther?: () => boolean;
  /** Lets the time pass; rejects when the signal is aborted. */
  readonly wait: (waitMs: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Does something again while it fails with what may be over in a moment: after a while that doubles,
 * or as long as the server asked to wait; not if that is more than half a minute.
 * @param work - is given which attempt it is, from 1.
 * @throws what the last attempt threw.
 */
export async function withRetries<Result>(
  { attempts, signal, onWait, gotFurther, wait }: RetryOptions,
  work: (attempt: number) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (gotFurther?.() === true) attempt = 1;
      if (!(error instanceof CliError && error.isPassing) || attempt >= attempts) throw error;
      const { retryAfterMs: askedMs = 0 } = error;
      // To ask sooner is no use, and nobody waits for longer without having been asked.
      if (askedMs > MAX_ASKED_MS) throw error;
      const waitMs = Math.max(backoffMs(attempt, Math.random()), askedMs);
      onWait(error, waitMs);
      await wait(waitMs, signal);
    }
  }
}
