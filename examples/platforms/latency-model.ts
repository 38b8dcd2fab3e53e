import { normalQuantile } from "./normal-quantile.ts";

/** The two points that pin a platform's latency distribution. */
export interface LatencyProfile {
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** No answer takes longer than this, however far out in the tail. */
export const LATENCY_CAP_MS = 30_000;

const Z_99 = normalQuantile(0.99);

/** The tail's Pareto exponent: p99.9 is 10^(1/2.5), two and a half times p99. */
const TAIL_EXPONENT = 2.5;

/**
 * Draws a latency by inversion: the latency that a share `uniform` of all answers stays below.
 * Up to p99 the body is log-normal through the median and p99; beyond it a Pareto tail, heavier
 * than the body's own, as remote services show.
 *
 * @param uniform 0 to below 1, as `Math.random()` gives it.
 * @returns milliseconds, at most {@link LATENCY_CAP_MS}.
 */
export function latencyMs(profile: LatencyProfile, uniform: number): number {
  return Math.min(LATENCY_CAP_MS, uniform < 0.99 ? body(profile, uniform) : tail(profile, uniform));
}

function body({ medianMs, p99Ms }: LatencyProfile, uniform: number): number {
  // Below the smallest share the quantile runs to minus infinity, and the latency to zero.
  const z = normalQuantile(Math.max(uniform, 1e-6));
  return medianMs * (p99Ms / medianMs) ** (z / Z_99);
}

function tail({ p99Ms }: LatencyProfile, uniform: number): number {
  return p99Ms * ((1 - uniform) / 0.01) ** (-1 / TAIL_EXPONENT);
}
