import type { RejectionCounts, ReportAnswer, TargetAnswer } from "../wire/report.ts";

/** What one attempt to deliver a report came to. */
export type AttemptResult =
  | { readonly kind: "acknowledged"; readonly rejected: RejectionCounts }
  /** Not acknowledged; whether it was counted is unknown, so it may only be repeated as it is. */
  | { readonly kind: "unavailable"; readonly detail: string }
  /** The server will never take it. */
  | { readonly kind: "invalid"; readonly detail: string };

/**
 * What `answer` says about the report on `target` that was at `index` in the request. The answer
 * comes from another Worker, maybe of another version: what cannot be read counts as no answer.
 */
export function attemptResult(
  answer: ReportAnswer | undefined,
  index: number,
  target: string,
): AttemptResult {
  if (answer?.ok === false) return refusal(answer.reason, answer.detail);
  const results: readonly (TargetAnswer | undefined)[] =
    answer?.ok === true && Array.isArray(answer.results) ? answer.results : [];
  const result = results[index];
  if (result === undefined || result?.target !== target) {
    return { kind: "unavailable", detail: `the answer says nothing about target ${target}` };
  }
  if (result.ok) return { kind: "acknowledged", rejected: result.rejected ?? {} };
  return refusal(result.reason, result.detail);
}

function refusal(reason: "unavailable" | "invalid", detail: string): AttemptResult {
  return { kind: reason === "invalid" ? "invalid" : "unavailable", detail };
}
