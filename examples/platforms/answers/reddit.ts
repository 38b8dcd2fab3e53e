import { type AnswerShape, jsonAnswer, rateLimitHeaders } from "../answer.ts";

/** Reddit's Conversions API v3: the HTTP status says it, `{error: {code, message}}` repeats it. */
export const redditAnswer: AnswerShape = (verdict, context) => {
  const headers = rateLimitHeaders(verdict, context);
  const fail = (code: number, message: string) =>
    jsonAnswer(code, { error: { code, message } }, headers);
  switch (verdict) {
    case "ok": {
      const message = `Successfully processed ${context.events} conversion events.`;
      return jsonAnswer(200, { data: { message } }, headers);
    }
    case "invalid":
      return fail(400, "Bad Request");
    case "rate_limited":
      return fail(429, "Too Many Requests");
    case "error":
      return fail(500, "Internal Server Error");
  }
};
