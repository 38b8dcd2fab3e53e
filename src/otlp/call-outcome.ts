import type { Outcome } from "../outcome.ts";
import type { CallSide } from "./otlp-config.ts";

/**
 * What `error.type` says of a call that took too long: `TimeoutError`, `ETIMEDOUT`,
 * `java.net.SocketTimeoutException`, `context deadline exceeded`, an abort.
 */
const TIMEOUT_TYPE = /time-?_?d?-?_?out|deadline|^aborterror$/i;

/**
 * How the calls of a point ended.
 * @param status `http.response.status_code`, if there is one.
 * @param errorType `error.type`, if there is one: the class of an error, or a status again.
 */
export function callOutcome(
  side: CallSide,
  status: string | undefined,
  errorType: string | undefined,
): Outcome {
  const code = statusOf(status) ?? statusOf(errorType);
  if (side === "client") {
    if (code === 429) return "rate_limited";
    if (code === 408 || code === 504) return "timeout";
  }
  if (errorType !== undefined && TIMEOUT_TYPE.test(errorType)) return "timeout";
  const isError = code !== undefined && code >= (side === "client" ? 400 : 500);
  return isError || errorType !== undefined ? "error" : "ok";
}

function statusOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-5]\d\d$/.test(text) ? Number(text) : undefined;
}
