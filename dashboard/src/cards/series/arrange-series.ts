import type { SeriesView, WindowName } from "../../../../src/stream/stream-frame.ts";
import type { SeriesSort, SortColumn } from "../../series-sort.ts";

/** How the table of series is wanted. */
interface SeriesArrangement {
  /** Words that a series' target or operation have to contain, in whatever case. */
  readonly filter: string;
  /** Null keeps the order that the series come in. */
  readonly sort: SeriesSort | null;
  /** Of which window the numbers are. */
  readonly window: WindowName;
}

/**
 * The series that a filter lets through, sorted. What has no value in the column comes last in both
 * directions, and what is equal stays in the order that it came in.
 */
export function arrangeSeries(
  series: Iterable<SeriesView>,
  { filter, sort, window }: SeriesArrangement,
): readonly SeriesView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = [...series].filter((view) => {
    const name = `${view.target} ${view.operation}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
  if (sort === null) return matching;
  const direction = sort.isDescending ? -1 : 1;
  return matching
    .map((view) => ({ view, value: valueOf(view, sort.column, window) }))
    .toSorted((one, other) => compare(one.value, other.value, direction))
    .map(({ view }) => view);
}

type Value = string | number | null;

function valueOf(view: SeriesView, column: SortColumn, window: WindowName): Value {
  const stats = view.windows[window];
  switch (column) {
    case "target":
    case "kind":
      return view[column];
    case "latency":
    case "errors":
      return badnessOf(view.grades[column]?.score);
    case "errorRate":
      return stats.count === 0 ? null : stats.errorRate;
    default:
      return stats[column];
  }
}

/** Grades are sorted by how bad they are, so that the greatest is the worst, as with numbers. */
function badnessOf(score: number | undefined): number | null {
  return score === undefined ? null : -score;
}

function compare(one: Value, other: Value, direction: number): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  if (one === other) return 0;
  return one < other ? -direction : direction;
}
