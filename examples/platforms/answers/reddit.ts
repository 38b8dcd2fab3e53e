import { type AnswerShape, jsonAnswer } from "../answer.ts";

/** Reddit's Conversions API v3: the HTTP status says it, `{error: {code, message}}` repeats it. */
export const redditAnswer: AnswerShape = (verdict, context) => {
  const fail = (code: number, message: string, headers: Record<string, string> = {}) =>
    jsonAnswer(code, { error: { code, message } }, headers);
  switch (verdict) {
    case "ok": {
      const message = `Successfully processed ${context.events} conversion events.`;
      return jsonAnswer(200, { data: { message } });
    }
    case "invalid":
      return fail(400, "Bad Request");
    case "rate_limited":
      return fail(429, "Too Many Requests", { "retry-after": String(context.retryAfterSeconds) });
    case "error":
      return fail(500, "Internal Server Error");
  }
};
