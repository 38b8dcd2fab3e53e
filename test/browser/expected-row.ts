import type { SeriesView, WindowName } from "../../dashboard/stream-frame.ts";
import { NUMBER_COLUMNS } from "../../dashboard/public/js/series-row.js";
import type { ShownRow } from "./shown.ts";

/** What the page has to show of a series of `/v1/live`. */
export function expectedRow(view: SeriesView, window: WindowName): ShownRow {
  const { target, operation, kind, grades } = view;
  return {
    target,
    operation: operation === "*" ? "all operations" : operation,
    kind,
    grades: [grades.latency?.grade ?? "–", grades.errors?.grade ?? "–"],
    cells: Object.fromEntries(
      NUMBER_COLUMNS.map(([column, format]) => [column, format(view.windows[window])]),
    ),
  };
}
