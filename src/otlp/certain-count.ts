import type { OtlpPoint } from "./otlp-model.ts";

/**
 * How many timings a refused point really has, as far as it can be told: its count, if that is a
 * whole number above 0 and what its buckets add up to; else undefined.
 */
export function certainCount({ value, fault }: OtlpPoint): number | undefined {
  // Of a point that could not be read as it was meant, the buckets may be missing.
  if (value.kind === "number" || fault !== undefined) return undefined;
  const { kind, count, counts } = value;
  if (!Number.isSafeInteger(count) || count <= 0) return undefined;
  if (kind === "histogram" && counts.length === 0) return count;
  const outside = kind === "histogram" ? 0 : value.zeroCount + value.negativeCount;
  const sum = counts.reduce((total, one) => total + one, outside);
  return sum === count ? count : undefined;
}
