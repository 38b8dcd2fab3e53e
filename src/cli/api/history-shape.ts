import * as v from "valibot";
import { STATS } from "./series-schema.ts";
import { Shape, type ShapeOf } from "./shape.ts";

/** What `/v1/history` answers: stretches of a series that begin at `at`, epoch milliseconds. */
export const HISTORY = new Shape(
  v.looseObject({
    points: v.array(
      v.looseObject({ at: v.number(), stepMs: v.number(), coveredMs: v.number(), ...STATS }),
    ),
  }),
);

export type HistoryPoint = ShapeOf<typeof HISTORY>["points"][number];
