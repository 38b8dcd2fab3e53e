import { WHOLE_TARGET } from "../../../../src/names.ts";
import type { SeriesView } from "../../../../src/stream/stream-frame.ts";

/** Operations that a target may have in the table before they are folded away. */
export const MAX_UNFOLDED = 5;

/** A row of the table of series. */
export interface TableRow {
  readonly view: SeriesView;
  /** Whether the row of its whole target is drawn above it, which names the target. */
  readonly isBelowWhole: boolean;
  /** In the row of a whole target with many operations: how many, and whether they are drawn. */
  readonly fold: { readonly count: number; readonly isOpen: boolean } | null;
}

/** How the rows are wanted. */
interface RowsWanted {
  /** Whether the series come by name, each whole target before its operations. */
  readonly isByName: boolean;
  /** Whether the operations of a target that has many of them may be folded away. */
  readonly mayFold: boolean;
  /** Targets whose operations are drawn, however many there are. */
  readonly opened: readonly string[];
  /** The series that was picked, which is drawn in any case. */
  readonly picked: Pick<SeriesView, "operation"> & { readonly target: string | null };
}

/**
 * The rows to draw of series that are filtered and sorted. An operation is put below its target only
 * where the row of the whole target really is above it: a filter may let through one without the other.
 */
export function tableRows(
  series: readonly SeriesView[],
  { isByName, mayFold, opened, picked }: RowsWanted,
): readonly TableRow[] {
  if (!isByName) return series.map((view) => ({ view, isBelowWhole: false, fold: null }));
  const countOf = operationCounts(series);
  const openedTargets = new Set(opened);
  const rows: TableRow[] = [];
  let whole: TableRow | undefined;
  for (const view of series) {
    const { target, operation } = view;
    if (operation === WHOLE_TARGET) {
      const count = countOf.get(target) ?? 0;
      const isFoldable = mayFold && count > MAX_UNFOLDED;
      const fold = isFoldable ? { count, isOpen: openedTargets.has(target) } : null;
      whole = { view, isBelowWhole: false, fold };
      rows.push(whole);
      continue;
    }
    const isBelowWhole = whole?.view.target === target;
    const isPicked = picked.target === target && picked.operation === operation;
    const isFolded = isBelowWhole && whole?.fold?.isOpen === false;
    if (!isFolded || isPicked) rows.push({ view, isBelowWhole, fold: null });
  }
  return rows;
}

/** Operations of each target, its whole not counted. */
function operationCounts(series: readonly SeriesView[]): ReadonlyMap<string, number> {
  const countOf = new Map<string, number>();
  for (const { target, operation } of series) {
    if (operation !== WHOLE_TARGET) countOf.set(target, (countOf.get(target) ?? 0) + 1);
  }
  return countOf;
}
