/** Everything that an answer consists of. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for an answer without a body. */
  readonly body: string | null;
}

/** What befalls a call, apart from how long it takes. */
export type Verdict = "ok" | "invalid" | "rate_limited" | "error";

/** What an answer's shape may depend on. */
export interface AnswerContext {
  /** Events in the call. */
  readonly events: number;
  /** The share of the rate limit that is used, 0–100. */
  readonly usedPercent: number;
  /** Calls that the rate limit lets through at once when none came for long. */
  readonly limit: number;
  /** Calls for which there is still room now. */
  readonly remaining: number;
  /** Whole seconds, rounded up, until there is more room than that. */
  readonly resetSeconds: number;
  /** Distinguishes this answer in the platform's own trace field. */
  readonly traceId: string;
}

/** How one platform dresses its verdicts. */
export type AnswerShape = (verdict: Verdict, context: AnswerContext) => Answer;

/** A JSON answer. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

/** Where a platform with the usual headers stands with its limit; `Retry-After` on a refusal. */
export function rateLimitHeaders(verdict: Verdict, context: AnswerContext): Record<string, string> {
  const reset = String(context.resetSeconds);
  return {
    "x-ratelimit-limit": String(context.limit),
    "x-ratelimit-remaining": String(context.remaining),
    "x-ratelimit-reset": reset,
    ...(verdict === "rate_limited" && { "retry-after": reset }),
  };
}
