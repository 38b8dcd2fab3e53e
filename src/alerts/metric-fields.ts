import * as v from "valibot";
import { checked, choice } from "../config-schema-parts.ts";
import { type MeasureKind, MEASURES } from "../measures.ts";
import { WINDOW_NAMES, type WindowName } from "../merge/series-state.ts";
import { DAY_MS, MINUTE_MS } from "../merge/slot-time.ts";

/** One of the rolling windows. */
export const windowName = (byDefault: WindowName = "5m") =>
  v.optional(choice(WINDOW_NAMES), byDefault);

/** A measure of one kind. */
export const measureName = (kind: MeasureKind) =>
  choice(MEASURES.filter((measure) => measure.kind === kind).map(({ name }) => name));

/** A target's counts are known by the minute and for a day. */
export const minutes = (byDefault: number) =>
  v.optional(
    checked<number>(
      `whole minutes in milliseconds, ${MINUTE_MS} to ${DAY_MS}`,
      (value) => Number(value) % MINUTE_MS === 0 && isBetween(value, MINUTE_MS, DAY_MS),
    ),
    byDefault,
  );

export const percentile = checked<number>(
  "a percentile above 0, to 100",
  (value) => isBetween(value, 0, 100) && value !== 0,
);

export const objective = checked<number>(
  "a fraction between 0 and 1, as 0.995 for 99.5 %",
  (value) => isBetween(value, 0, 1) && value !== 0 && value !== 1,
);

export function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
