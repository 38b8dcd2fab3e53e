/** The middle value; of two middle ones, their mean. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** The ⌈p/100 · n⌉-th smallest value. NaN without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const rank = Math.min(Math.max(Math.ceil((percent / 100) * sorted.length), 1), sorted.length);
  return sorted[rank - 1] ?? Number.NaN;
}

/** Element by element, left by right. */
export function ratios(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, i) => value / (right[i] ?? Number.NaN));
}
