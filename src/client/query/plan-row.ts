import * as v from "valibot";

/** Most rows of a plan that are looked at. */
const MAX_PLAN_ROWS = 500;

const PLAN_ROWS = v.pipe(
  v.array(
    v.object({
      id: v.pipe(v.number(), v.integer()),
      parent: v.pipe(v.number(), v.integer()),
      detail: v.pipe(v.string(), v.maxLength(10_000)),
    }),
  ),
  v.maxLength(MAX_PLAN_ROWS),
);

/** A row of `EXPLAIN QUERY PLAN`: a step, and the step that it is part of (0 for none). */
export type PlanRow = v.InferOutput<typeof PLAN_ROWS>[number];

/** @throws TypeError when it is not what `EXPLAIN QUERY PLAN` answers */
export function readPlanRows(rows: unknown): PlanRow[] {
  const read = v.safeParse(PLAN_ROWS, rows);
  if (read.success) return read.output;
  throw new TypeError(`EXPLAIN QUERY PLAN answered what is no plan: ${read.issues[0].message}`);
}
