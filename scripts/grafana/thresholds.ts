import { type Threshold, ThresholdsConfigBuilder } from "@grafana/grafana-foundation-sdk/dashboard";

/** From where on a value has which colour, ascending; the first one has no beginning. */
export type Steps = readonly [
  first: { readonly color: string },
  ...rest: { readonly from: number; readonly color: string }[],
];

/** The grades' colours: EXCELLENT to CRITICAL. */
const [EXCELLENT, GOOD, ACCEPTABLE, DEGRADED, CRITICAL] = [
  "green",
  "blue",
  "yellow",
  "orange",
  "red",
] as const;

/** The grades of a 95th percentile, seconds. */
export const P95_GRADES: Steps = [
  { color: EXCELLENT },
  { from: 0.1, color: GOOD },
  { from: 0.2, color: ACCEPTABLE },
  { from: 0.5, color: DEGRADED },
  { from: 1, color: CRITICAL },
];

/** The grades of an error rate, 0 to 1. */
export const ERROR_GRADES: Steps = [
  { color: EXCELLENT },
  { from: 0.01, color: GOOD },
  { from: 0.02, color: ACCEPTABLE },
  { from: 0.05, color: DEGRADED },
  { from: 0.1, color: CRITICAL },
];

/** The grades of a hit rate, 0 to 1. */
export const HIT_GRADES: Steps = [
  { color: CRITICAL },
  { from: 0.5, color: DEGRADED },
  { from: 0.7, color: ACCEPTABLE },
  { from: 0.85, color: GOOD },
  { from: 0.95, color: EXCELLENT },
];

/** The grades of throughput, the newer mean by the older one. */
export const THROUGHPUT_GRADES: Steps = [
  { color: "orange" },
  { from: 0.8, color: "blue" },
  { from: 1.2, color: "green" },
  { from: 1.5, color: "purple" },
];

/** What an overall score stands for: CRITICAL, WARNING, HEALTHY. */
export const SCORE_GRADES: Steps = [
  { color: "red" },
  { from: 4, color: "orange" },
  { from: 7, color: "green" },
];

/** Good while it is 0. */
export const NONE_IS_GOOD: Steps = [{ color: "green" }, { from: 1e-9, color: "red" }];

/** Good while it is 1. */
export const ONE_IS_GOOD: Steps = [{ color: "red" }, { from: 1, color: "green" }];

/** Grafana's form of steps. */
export function thresholds([first, ...rest]: Steps): ThresholdsConfigBuilder {
  const steps: Threshold[] = [
    { value: null, color: first.color },
    ...rest.map(({ from, color }) => ({ value: from, color })),
  ];
  return new ThresholdsConfigBuilder().steps(steps);
}
