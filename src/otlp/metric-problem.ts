import { TIME_UNITS, type OtlpMetricConfig } from "./otlp-config.ts";
import type { OtlpMetric } from "./otlp-model.ts";
import { unitUs } from "./time-unit.ts";

/**
 * Why no point of a metric can be counted, and what to send instead, without a full stop; undefined
 * if they can.
 */
export function metricProblem(
  { unit, data }: OtlpMetric,
  { measure }: OtlpMetricConfig,
): string | undefined {
  const { kind, temporality, isMonotonic } = data;
  if (kind === "summary") {
    return "a summary's percentiles cannot be merged; send a histogram";
  }
  if (kind === "gauge") {
    return measure === null
      ? "a gauge has no distribution; send a histogram"
      : "a gauge cannot be added up; send a monotonic sum";
  }
  const isSum = kind === "sum";
  if (measure === null && isSum) {
    return "a sum has no distribution; send a histogram, or give it a measure in otlp.metrics";
  }
  if (measure !== null && !isSum) return `only a monotonic sum can be counted as ${measure}`;
  if (isSum && !isMonotonic)
    return "a sum that may go down cannot be added up; send a monotonic one";
  if (temporality === "unspecified") return "it has no temporality; send delta or cumulative";
  if (isTimed(measure) && unit !== "" && unitUs(unit) === undefined) {
    return `its unit must be one of ${TIME_UNITS.join(", ")}`;
  }
  return undefined;
}

/** Whether the values of a metric are lengths of time. */
export function isTimed(measure: OtlpMetricConfig["measure"]): boolean {
  return measure === null || measure.endsWith("Ms");
}
