import type { Outcome } from "../outcome.ts";

/** How a call ended, and the platform's own word for it. */
export interface CallOutcome {
  readonly outcome: Outcome;
  /** The error code in the body, where that is what told. */
  readonly code?: number | undefined;
}

/**
 * Says how a call ended from its answer; undefined leaves it to the status. With `rate_limited` a
 * `code` goes to the bucket as well, which then names it as the reason why it is closed.
 */
export type Classifier = (
  response: Response,
) => Outcome | CallOutcome | undefined | Promise<Outcome | CallOutcome | undefined>;

/**
 * How a call with this HTTP status ended: below 400 `ok`, 429 `rate_limited`, 408 and 504
 * `timeout`, anything else `error`.
 */
export function classifyStatus(status: number): Outcome {
  if (status >= 100 && status < 400) return "ok";
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 504) return "timeout";
  return "error";
}

/** How a call that threw ended: `timeout` for an `AbortError` or a `TimeoutError`, else `error`. */
export function classifyError(error: unknown): Outcome {
  const name = typeof error === "object" && error !== null && "name" in error ? error.name : "";
  return name === "AbortError" || name === "TimeoutError" ? "timeout" : "error";
}
