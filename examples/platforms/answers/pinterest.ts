import { type AnswerShape, jsonAnswer, rateLimitHeaders } from "../answer.ts";

/** Pinterest's API for Conversions, v5: failures are `{code, message}`; code 8 with 429 is the rate limit. */
export const pinterestAnswer: AnswerShape = (verdict, context) => {
  const headers = rateLimitHeaders(verdict, context);
  switch (verdict) {
    case "ok": {
      const events = Array.from({ length: context.events }, () => ({
        status: "processed",
        error_message: null,
        warning_message: null,
      }));
      const received = context.events;
      const counts = { num_events_received: received, num_events_processed: received };
      return jsonAnswer(200, { ...counts, events }, headers);
    }
    case "invalid":
      return jsonAnswer(400, { code: 1, message: "Invalid request body." }, headers);
    case "rate_limited": {
      const message = "You have exceeded your rate limit. Try again later.";
      return jsonAnswer(429, { code: 8, message }, headers);
    }
    case "error":
      return jsonAnswer(500, { code: 0, message: "Unexpected error." }, headers);
  }
};
