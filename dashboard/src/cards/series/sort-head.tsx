import { nextSort, type SeriesSort, type SortColumn } from "../../series-sort.ts";

/** The head of a column by which the table can be sorted. */
export function SortHead({
  column,
  title,
  note,
  isNumber = false,
  sort,
  onSort,
}: {
  readonly column: SortColumn;
  readonly title: string;
  /** The unit, or of when it is. */
  readonly note?: string;
  readonly isNumber?: boolean;
  readonly sort: SeriesSort | null;
  readonly onSort: (sort: SeriesSort | null) => void;
}) {
  const direction = sort?.column === column ? directionOf(sort) : "none";
  return (
    <th scope="col" class={isNumber ? "number" : undefined} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => onSort(nextSort(sort, column))}>
        {title}
        <span class="arrow" aria-hidden="true" />
        {note !== undefined && <small> {note}</small>}
      </button>
    </th>
  );
}

function directionOf({ isDescending }: SeriesSort): "ascending" | "descending" {
  return isDescending ? "descending" : "ascending";
}
