import { type AnswerShape, jsonAnswer, type Verdict } from "../answer.ts";

const CODES: Readonly<Record<Verdict, readonly [code: number, message: string]>> = {
  ok: [0, "OK"],
  invalid: [40002, "Invalid parameters"],
  rate_limited: [40100, "Too many requests. Please retry in some time."],
  error: [40700, "Internal service error"],
};

/** TikTok's Events API: status 200 always, and the body's `code` says how it went. */
export const tiktokAnswer: AnswerShape = (verdict, context) => {
  const [code, message] = CODES[verdict];
  return jsonAnswer(200, { code, message, request_id: context.traceId, data: {} });
};
