/** One measurement that several causes add up to. */
export interface Observation {
  /** How often each cause was there. */
  readonly causes: readonly number[];
  /** What they cost together; above zero. */
  readonly cost: number;
}

/**
 * What one of each cause costs, so that the relative errors of all observations are least: none
 * less than nothing, since work does not give time back.
 * @returns as many as each observation has causes; zero for one that explains nothing.
 * @throws RangeError if there are fewer observations than causes, or one that cost nothing: nothing can
 * be told from it, and it would make everything else count for nothing.
 */
export function fitCosts(observations: readonly Observation[]): number[] {
  const width = observations[0]?.causes.length ?? 0;
  if (observations.length < width || width === 0) {
    throw new RangeError(`${observations.length} observations cannot tell ${width} causes apart`);
  }
  const unusable = observations.find(({ cost }) => !(cost > 0 && Number.isFinite(cost)));
  if (unusable !== undefined) {
    throw new RangeError(
      `an observation of ${unusable.causes.join(", ")} cost ${unusable.cost}: measure more at a time`,
    );
  }
  let used = Array.from({ length: width }, (_, i) => i);
  while (used.length > 0) {
    const solved = solve(normalEquations(observations, used));
    const kept = used.filter((_, i) => (solved[i] ?? 0) > 0);
    if (kept.length === used.length) {
      const costs = Array.from({ length: width }, () => 0);
      for (const [i, cause] of used.entries()) costs[cause] = solved[i] ?? 0;
      return costs;
    }
    used = kept;
  }
  return Array.from({ length: width }, () => 0);
}

/** A row for each unknown, the right side last. Every observation counts by its relative error. */
function normalEquations(
  observations: readonly Observation[],
  used: readonly number[],
): number[][] {
  return used.map((row) => {
    const sum = (of: (observation: Observation) => number): number =>
      observations.reduce((total, one) => total + of(one) / one.cost ** 2, 0);
    const left = used.map((column) =>
      sum(({ causes }) => (causes[row] ?? 0) * (causes[column] ?? 0)),
    );
    return [...left, sum(({ causes, cost }) => (causes[row] ?? 0) * cost)];
  });
}

/** Gauss and Jordan, with the largest pivot. An unknown that nothing depends on is zero. */
function solve(rows: number[][]): number[] {
  const size = rows.length;
  const order = rows.map((row) => [...row]);
  for (let column = 0; column < size; column++) {
    const best = order
      .slice(column)
      .reduce((found, row) =>
        Math.abs(row[column] ?? 0) > Math.abs(found[column] ?? 0) ? row : found,
      );
    const at = order.indexOf(best, column);
    [order[column], order[at]] = [best, order[column] ?? best];
    const pivot = best[column] ?? 0;
    if (Math.abs(pivot) < Number.EPSILON) continue;
    order[column] = best.map((value) => value / pivot);
    for (const [i, row] of order.entries()) {
      if (i === column) continue;
      const factor = row[column] ?? 0;
      order[i] = row.map((value, j) => value - factor * (order[column]?.[j] ?? 0));
    }
  }
  return order.map((row) => row[size] ?? 0);
}
