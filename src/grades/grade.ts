/** A grade with the colour and the score that go with it. */
export interface Grade {
  readonly grade: "EXCELLENT" | "GOOD" | "ACCEPTABLE" | "DEGRADED" | "POOR" | "CRITICAL";
  readonly color: "green" | "blue" | "yellow" | "orange" | "red";
  readonly score: 10 | 8 | 6 | 4 | 2;
}

const EXCELLENT: Grade = { grade: "EXCELLENT", color: "green", score: 10 };
const GOOD: Grade = { grade: "GOOD", color: "blue", score: 8 };
const ACCEPTABLE: Grade = { grade: "ACCEPTABLE", color: "yellow", score: 6 };
/** Little better than the worst. */
export const DEGRADED: Grade = { grade: "DEGRADED", color: "orange", score: 4 };
const POOR: Grade = { grade: "POOR", color: "orange", score: 4 };
/** The worst. */
export const CRITICAL: Grade = { grade: "CRITICAL", color: "red", score: 2 };

/** The grades of series, the best first; `POOR` stands in for DEGRADED where hits are graded. */
export const GRADES: readonly Grade[] = [EXCELLENT, GOOD, ACCEPTABLE, DEGRADED, CRITICAL];

/** Up to where a latency has a grade, milliseconds; the best grade first. */
const LATENCY_LIMITS: readonly {
  readonly grade: Grade;
  readonly p50Ms: number;
  readonly p95Ms: number;
}[] = [
  { grade: EXCELLENT, p50Ms: 50, p95Ms: 100 },
  { grade: GOOD, p50Ms: 100, p95Ms: 200 },
  { grade: ACCEPTABLE, p50Ms: 200, p95Ms: 500 },
  { grade: DEGRADED, p50Ms: 500, p95Ms: 1000 },
];

/** Every latency at which a grade ends, milliseconds, ascending. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  ...new Set(LATENCY_LIMITS.flatMap(({ p50Ms, p95Ms }) => [p50Ms, p95Ms])),
].toSorted((one, other) => one - other);

/** Grades a latency: both its median and its 95th percentile must hold. */
export function latencyGrade(p50Ms: number, p95Ms: number): Grade {
  const within = LATENCY_LIMITS.find((limit) => p50Ms <= limit.p50Ms && p95Ms <= limit.p95Ms);
  return within?.grade ?? CRITICAL;
}

/** Grades an error rate, a fraction from 0 to 1. */
export function errorGrade(errorRate: number): Grade {
  if (errorRate < 0.01) return EXCELLENT;
  if (errorRate < 0.02) return GOOD;
  if (errorRate < 0.05) return ACCEPTABLE;
  if (errorRate < 0.1) return DEGRADED;
  return CRITICAL;
}

/** Grades a cache's hit rate, a fraction from 0 to 1. */
export function cacheGrade(hitRate: number): Grade {
  if (hitRate >= 0.95) return EXCELLENT;
  if (hitRate >= 0.85) return GOOD;
  if (hitRate >= 0.7) return ACCEPTABLE;
  if (hitRate >= 0.5) return POOR;
  return CRITICAL;
}

export type Status = "HEALTHY" | "WARNING" | "CRITICAL" | "UNKNOWN";

/** The status that an overall score stands for; without data it is not known. */
export function statusOf(score: number | null): Status {
  if (score === null) return "UNKNOWN";
  if (score >= 7) return "HEALTHY";
  return score >= 4 ? "WARNING" : "CRITICAL";
}

/** While a CRITICAL alert fires the status is never better than WARNING. */
export function statusWithAlerts(status: Status, hasCriticalAlert: boolean): Status {
  return hasCriticalAlert && status !== "CRITICAL" ? "WARNING" : status;
}
