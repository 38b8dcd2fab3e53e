/** A series: an operation of a target, or the whole target (`*`). */
export interface SeriesName {
  readonly target: string;
  readonly operation: string;
}

/** One string per series, for maps: names hold no slash. */
export function seriesKey({ target, operation }: SeriesName): string {
  return `${target}/${operation}`;
}

/** Sorts by target and operation; `*` comes before every letter and digit, so a whole target leads. */
export function bySeriesName(left: SeriesName, right: SeriesName): number {
  return compare(left.target, right.target) || compare(left.operation, right.operation);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
