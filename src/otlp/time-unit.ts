import type { TimeUnit } from "./otlp-config.ts";

const UNITS_US: ReadonlyMap<string, number> = new Map<TimeUnit | "µs" | "μs", number>([
  ["s", 1e6],
  ["ms", 1e3],
  ["us", 1],
  // The micro sign and the Greek letter, as people write it.
  ["µs", 1],
  ["μs", 1],
  ["ns", 1e-3],
  ["min", 60e6],
  ["h", 3_600e6],
  ["d", 86_400e6],
]);

/** Microseconds in a unit of time; undefined for any other unit. */
export function unitUs(unit: string): number | undefined {
  return UNITS_US.get(unit);
}

/**
 * A length of time in microseconds. What is a whole number of them but for the error of the
 * multiplication is one: 0.57 s are 570,000 µs, and no part less.
 */
export function inMicroseconds(value: number, microseconds: number): number {
  const product = value * microseconds;
  const whole = Math.round(product);
  return Math.abs(product - whole) <= Math.abs(whole) * 1e-12 ? whole : product;
}
