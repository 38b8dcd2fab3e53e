/** How throughput moved, with the colour and the score that go with it. */
export interface ThroughputGrade {
  readonly grade: "SURGE" | "INCREASING" | "STABLE" | "DECREASING" | "UNKNOWN";
  readonly color: "purple" | "green" | "blue" | "orange" | "gray";
  /** Null when there is nothing to hold it against. */
  readonly score: 10 | 8 | 6 | 4 | null;
}

const SURGE: ThroughputGrade = { grade: "SURGE", color: "purple", score: 10 };
const INCREASING: ThroughputGrade = { grade: "INCREASING", color: "green", score: 8 };
const STABLE: ThroughputGrade = { grade: "STABLE", color: "blue", score: 6 };
const DECREASING: ThroughputGrade = { grade: "DECREASING", color: "orange", score: 4 };
const UNKNOWN: ThroughputGrade = { grade: "UNKNOWN", color: "gray", score: null };

/**
 * Grades the throughput of one stretch of time by that of another.
 * @param ratio the newer by the older, both per unit of time; null if the older has no data.
 */
export function throughputGrade(ratio: number | null): ThroughputGrade {
  if (ratio === null) return UNKNOWN;
  if (ratio > 1.5) return SURGE;
  if (ratio > 1.2) return INCREASING;
  return ratio < 0.8 ? DECREASING : STABLE;
}
