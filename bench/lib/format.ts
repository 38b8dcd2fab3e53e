/** A number with its thousands grouped and as many decimals as its size deserves. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const magnitude = Math.abs(value);
  const digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** The smallest and the largest of repeated measurements. */
export function spread(values: readonly number[]): string {
  if (values.length < 2) return "one run";
  return `${figure(Math.min(...values))} – ${figure(Math.max(...values))}, n = ${values.length}`;
}
