import { LATENCY_BOUNDS_MS } from "../grades/grade.ts";

/** What OpenTelemetry advises for `http.client.request.duration`, in milliseconds. */
const ADVISED_MS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

/** Caches and quick queries below, calls that time out above, and what lies far apart between. */
const FURTHER_MS = [1, 2.5, 150, 300, 1_500, 2_000, 30_000, 60_000];

/**
 * The inclusive upper bounds of classic histogram buckets, ascending, in microseconds. Every bound
 * of a latency's grade is among them, so that whoever has only classic buckets grades exactly.
 */
export const CLASSIC_BOUNDS_US: readonly number[] = [
  ...new Set([...ADVISED_MS, ...FURTHER_MS, ...LATENCY_BOUNDS_MS].map((ms) => ms * 1_000)),
].toSorted((one, other) => one - other);
