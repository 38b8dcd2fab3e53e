import type { RejectionReason } from "../wire/report.ts";
import type { TargetOutcome } from "./intake.ts";
import {
  invalidBody,
  type Problem,
  problemResponse,
  unavailable,
  unprocessable,
} from "./problem.ts";

/** How soon a sender may try again when storage did not take its timings. */
const RETRY_AFTER_MS = 1_000;

/** The answer to an ingest request, as API.md has it. */
export interface IntakeBody {
  readonly accepted: number;
  readonly duplicate: boolean;
  readonly rejected: readonly {
    readonly index: number;
    readonly reason: RejectionReason;
    readonly count?: number;
  }[];
  readonly rows?: number;
  /**
   * Timings that came with a `traceId` or a `spanId` that is none: they count, and are no exemplars.
   * Left out if there are none.
   */
  readonly ignoredTraces?: number;
}

/** Why some target's timings were not taken, or undefined if all were. */
export function intakeProblem(
  outcomes: readonly TargetOutcome[],
  isNumbered: boolean,
): Problem | undefined {
  for (const { target, answer } of outcomes) {
    if (answer.ok) continue;
    if (answer.reason === "invalid") {
      return invalidBody(answer.detail, [
        { pointer: "/timings", reason: `${target}: ${answer.detail}` },
      ]);
    }
    const advice = isNumbered
      ? "Send the same reporter and sequence again: what was counted already is not counted twice."
      : "With reporter and sequence in the body, sending it again would count nothing twice.";
    return unavailable(`${answer.detail}. ${advice}`, RETRY_AFTER_MS);
  }
  return undefined;
}

/** 200, or 422 with the same fields if nothing could be counted because all of it was refused. */
export function intakeResponse(body: IntakeBody): Response {
  // Nothing is refused of a log of an idle stretch, whose rows count no values.
  const isFine = body.accepted > 0 || body.duplicate || body.rejected.length === 0;
  if (isFine) return Response.json(body);
  return problemResponse(
    unprocessable("None of it could be counted; `rejected` says why.", { extensions: { ...body } }),
  );
}
