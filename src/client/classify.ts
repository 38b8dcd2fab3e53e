import type { Outcome } from "../outcome.ts";

/** Says how a call ended from its answer; undefined leaves it to the status. */
export type Classifier = (response: Response) => Outcome | undefined | Promise<Outcome | undefined>;

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
