import type { Answer, AnswerShape } from "./answer.ts";
import { googleAnswer } from "./answers/google.ts";
import { metaAnswer } from "./answers/meta.ts";
import { pinterestAnswer } from "./answers/pinterest.ts";
import { redditAnswer } from "./answers/reddit.ts";
import { tiktokAnswer } from "./answers/tiktok.ts";
import type { Platform } from "./platform.ts";

/** Each platform's own answers. */
export const ANSWER_SHAPES: Readonly<Record<Platform, AnswerShape>> = {
  meta: metaAnswer,
  google: googleAnswer,
  tiktok: tiktokAnswer,
  pinterest: pinterestAnswer,
  reddit: redditAnswer,
};

/** What the edge in front of any platform says while the platform is down. */
export const OUTAGE_ANSWER: Answer = {
  status: 503,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><head><title>503 Service Unavailable</title></head></html>\n",
};
