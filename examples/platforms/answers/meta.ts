import { type AnswerContext, type AnswerShape, jsonAnswer } from "../answer.ts";

/**
 * Meta's Conversions API: failures are `{error: {code, …}}`. Code 4 is the rate limit (with status
 * 400, so that only the body tells), 100 a bad parameter, 1 an unknown failure. Usage comes as
 * percentages in `X-App-Usage`.
 */
export const metaAnswer: AnswerShape = (verdict, context) => {
  const headers = usageHeaders(context);
  const fail = (status: number, code: number, message: string) => {
    const type = "OAuthException";
    const error = { message, type, code, is_transient: status >= 500, fbtrace_id: context.traceId };
    return jsonAnswer(status, { error }, headers);
  };
  switch (verdict) {
    case "ok": {
      const body = { events_received: context.events, messages: [], fbtrace_id: context.traceId };
      return jsonAnswer(200, body, headers);
    }
    case "invalid":
      return fail(400, 100, "Invalid parameter");
    case "rate_limited":
      return fail(400, 4, "(#4) Application request limit reached");
    case "error":
      return fail(500, 1, "An unknown error occurred");
  }
};

function usageHeaders({ usedPercent }: AnswerContext): Record<string, string> {
  const used = Math.ceil(usedPercent);
  return {
    "x-app-usage": JSON.stringify({ call_count: used, total_time: used, total_cputime: used }),
  };
}
