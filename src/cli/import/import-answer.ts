import * as v from "valibot";
import type { HistoryImportAnswer } from "../../api/history-import-answer.ts";
import type { FieldError } from "../../api/problem.ts";
import { Shape } from "../api/shape.ts";

/** What of an answer is read. */
type Taken = Pick<
  HistoryImportAnswer,
  "count" | "coarse" | "duplicates" | "duplicate" | "replaced"
>;

/** A day that was not taken: 409 for one that is there already, 422 for one that is not good. */
interface Refused {
  readonly status: 409 | 422;
  readonly detail: string;
  readonly errors?: readonly FieldError[] | undefined;
}

/** The answer of `POST /v1/history/import`, or why a day was not taken. */
export type ImportAnswer = Taken | Refused;

/** Statuses of {@link ImportAnswer} beside 200. */
export const REFUSALS = [409, 422] as const;

export const IMPORT_ANSWER = new Shape<ImportAnswer>(
  v.union([
    v.looseObject({
      count: v.number(),
      coarse: v.number(),
      duplicates: v.number(),
      duplicate: v.boolean(),
      replaced: v.boolean(),
    }),
    v.looseObject({
      status: v.picklist(REFUSALS),
      detail: v.string(),
      errors: v.optional(v.array(v.looseObject({ pointer: v.string(), reason: v.string() }))),
    }),
  ]),
);
