import type { PermitAnswer, PermitRequest } from "../wire/permits.ts";

/** Values that an answer may hold where its type says otherwise: it came from another Worker. */
type Unchecked<Answer> = { readonly [Field in keyof Answer]?: unknown };

const REASONS: readonly unknown[] = ["empty", "line", "closed", "never"];

/**
 * The answer if it is one to `request`. It comes from another Worker, maybe of another version:
 * what cannot be read counts as no answer.
 */
export function readPermitAnswer(
  answer: PermitAnswer | null | undefined,
  request: PermitRequest,
): PermitAnswer | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  return answer.target === request.target && isWhole(answer, request) ? answer : undefined;
}

function isWhole(answer: PermitAnswer, { need }: PermitRequest): boolean {
  switch (answer.kind) {
    case "granted": {
      const { permits, lifeMs }: Unchecked<typeof answer> = answer;
      return Number.isInteger(permits) && Number(permits) >= need && isDuration(lifeMs);
    }
    case "denied": {
      const { reason, detail, retryAfterMs, place }: Unchecked<typeof answer> = answer;
      const isText = typeof detail === "string" && (place === null || typeof place === "string");
      return REASONS.includes(reason) && isText && isDuration(retryAfterMs);
    }
    case "settled": {
      const { closedMs }: Unchecked<typeof answer> = answer;
      return need === 0 && isDuration(closedMs);
    }
    case "unlimited":
    case "failed":
      return true;
    default:
      return false;
  }
}

function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= 0;
}
