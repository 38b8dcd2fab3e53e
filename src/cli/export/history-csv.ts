import type { ReadPoint } from "../api/history-shape.ts";
import { csvRow } from "./csv-row.ts";

const NUMBERS = [
  "stepMs",
  "coveredMs",
  "count",
  "ok",
  "error",
  "timeout",
  "rateLimited",
  "hit",
  "miss",
  "errorRate",
  "minMs",
  "meanMs",
  "maxMs",
  "p50Ms",
  "p90Ms",
  "p95Ms",
  "p99Ms",
  "p999Ms",
] as const satisfies readonly (keyof ReadPoint)[];

/** The first row: the names of the columns, as the API calls its fields. */
export const HISTORY_CSV_HEADER = csvRow(["target", "operation", "at", ...NUMBERS]);

/**
 * One stretch of one series as a row; `at` is ISO 8601. `stepMs` tells an hour from a day, which is
 * what is left of hours that are not kept any more.
 */
export function historyCsvRow(
  series: { readonly target: string; readonly operation: string },
  point: ReadPoint,
): string {
  const { target, operation } = series;
  const at = new Date(point.at).toISOString();
  return csvRow([target, operation, at, ...NUMBERS.map((name) => point[name])]);
}
