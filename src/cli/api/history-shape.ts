import * as v from "valibot";
import type { HistoryPoint } from "../../api/history-answer.ts";
import { STATS } from "./series-schema.ts";
import { Shape } from "./shape.ts";

/** What is read of a point of `GET /v1/history`. */
export type ReadPoint = Omit<HistoryPoint, "perSecond" | "measures" | "histogram">;

/** What is read of the answer of `GET /v1/history`. */
export const HISTORY = new Shape<{ readonly points: readonly ReadPoint[] }>(
  v.looseObject({
    points: v.array(
      v.looseObject({ at: v.number(), stepMs: v.number(), coveredMs: v.number(), ...STATS }),
    ),
  }),
);
