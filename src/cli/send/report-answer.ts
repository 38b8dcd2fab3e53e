import * as v from "valibot";
import { Shape, type ShapeOf } from "../api/shape.ts";

/** What Tachograph acknowledged of one request: of a 200, and of the 422 that says that all was refused. */
export const REPORT_ANSWER = new Shape(
  v.looseObject({
    accepted: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    /** Whether all that it accepts of this request was counted before. */
    duplicate: v.boolean(),
    /** What was refused; `index` is the position in the request's `timings`. */
    rejected: v.array(
      v.looseObject({ index: v.pipe(v.number(), v.safeInteger()), reason: v.string() }),
    ),
  }),
);

export type ReportAnswer = ShapeOf<typeof REPORT_ANSWER>;

/**
 * Why an answer cannot be right for a request of `size` timings, or undefined.
 * @param attempts - how often the request was sent. What an earlier attempt counted before its
 * answer was lost is accepted no more by the one that is answered.
 */
export function answerFault(
  { accepted, duplicate, rejected }: ReportAnswer,
  size: number,
  attempts: number,
): string | undefined {
  const told = accepted + rejected.length;
  if (told > size) return `${told} timings are accounted for of ${size}`;
  if (attempts > 1) return undefined;
  if (duplicate) return "it was called a repeat, and was sent once";
  return told < size ? `${told} timings are accounted for of ${size}` : undefined;
}
