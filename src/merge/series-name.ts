/** A series: an operation of a target, or the whole target (`*`). */
export interface SeriesName {
  readonly target: string;
  readonly operation: string;
}

/** One string per series, for maps: names hold no slash. */
export function seriesKey({ target, operation }: SeriesName): string {
  return `${target}/${operation}`;
}
