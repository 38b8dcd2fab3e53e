import * as v from "valibot";
import { ALERT_STATES } from "../../alerts/alert.ts";
import type { BacktestTransition } from "../../alerts/backtest.ts";
import { Shape, type ShapeOf } from "./shape.ts";

/** What can become of an alert; `inactive` where it ends before it fires. */
const STATES: readonly BacktestTransition["state"][] = [...ALERT_STATES, "inactive"];

/** What `POST /v1/rules/backtest` answers. Times are epoch milliseconds. */
export const BACKTEST = new Shape(
  v.looseObject({
    rule: v.record(v.string(), v.unknown()),
    from: v.number(),
    to: v.number(),
    series: v.array(v.looseObject({ target: v.string(), operation: v.string() })),
    /** What became of alerts of the series, in order of time. */
    transitions: v.array(
      v.looseObject({
        at: v.number(),
        target: v.string(),
        operation: v.string(),
        state: v.picklist(STATES),
        value: v.nullable(v.number()),
      }),
    ),
    firings: v.number(),
    omitted: v.number(),
    evaluations: v.number(),
  }),
);

export type BacktestAnswer = ShapeOf<typeof BACKTEST>;

/** What `GET /v1/rules` answers. */
export const RULES = new Shape(
  v.looseObject({ rules: v.array(v.record(v.string(), v.unknown())) }),
);
