import type { ChannelAnswer } from "./channel.ts";
import { jsonObject } from "./read-answer.ts";

/** Shorter secrets could be a part of any word. */
const MIN_SECRET_LENGTH = 6;

/**
 * The JSON object in an answer's body, an empty one if there is none.
 *
 * @param secret - what the answer may repeat (Meta quotes a malformed token) and nobody is to see.
 */
export function answerJson(
  answer: ChannelAnswer,
  secret: string,
): Readonly<Record<string, unknown>> {
  return jsonObject(withoutSecret(answer, secret).body) ?? {};
}

/** The answer with every occurrence of `secret` in its body made unreadable. */
export function withoutSecret(answer: ChannelAnswer, secret: string): ChannelAnswer {
  if (secret.length < MIN_SECRET_LENGTH) return answer;
  return { ...answer, body: answer.body.replaceAll(secret, "***") };
}

/** `value` if it is an object, else an empty one. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** `value` if it is a text, else an empty one. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
