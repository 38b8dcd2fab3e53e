/** What the table of series can be sorted by: names and numbers as `/v1/live` calls them. */
export const SORT_COLUMNS = [
  "target",
  "latency",
  "p50Ms",
  "p90Ms",
  "p95Ms",
  "p99Ms",
  "maxMs",
  "count",
  "perSecond",
  "errorRate",
  "errors",
  "kind",
] as const;

export type SortColumn = (typeof SORT_COLUMNS)[number];

/** By what, and whether the greatest comes first. */
export interface SeriesSort {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

/** Columns of words, which are read from A on; of numbers and grades the worst is looked for. */
const WORD_COLUMNS: ReadonlySet<SortColumn> = new Set(["target", "kind"]);

/**
 * What a press on a column's head asks for: first its natural direction (words from A, numbers from
 * the greatest, grades from the worst), then the other one, then the order by name again.
 */
export function nextSort(current: SeriesSort | null, column: SortColumn): SeriesSort | null {
  const startsDescending = !WORD_COLUMNS.has(column);
  if (current?.column !== column) return { column, isDescending: startsDescending };
  if (current.isDescending === startsDescending) {
    return { column, isDescending: !startsDescending };
  }
  return null;
}
