import type { Aggregate } from "../histogram/aggregate.ts";
import type { MeasureTotals } from "../histogram/measure-totals.ts";
import { measureCode, measureParts, MEASURES } from "../measures.ts";
import { MAX_TOTAL_BUCKETS, type TotalValue } from "../wire/running-total.ts";
import { bucketedHistogram } from "./bucketed-histogram.ts";
import { deltaAggregate } from "./delta-aggregate.ts";
import { isTimed } from "./metric-problem.ts";
import type { OtlpMetricConfig } from "./otlp-config.ts";
import type { OtlpPoint } from "./otlp-model.ts";
import { PointFault } from "./point-fault.ts";

/** What a delta point adds: timings, or a value of a measure. */
type DeltaGain =
  | { readonly kind: "timings"; readonly aggregate: Aggregate }
  | { readonly kind: "measure"; readonly measures: MeasureTotals };

type Value = OtlpPoint["value"];

/**
 * What the value of a delta point adds; undefined for nothing at all.
 * @param outcome of its calls, by position in `OUTCOMES`.
 * @param factor microseconds in the metric's unit; of a measure that is no time, 1.
 * @param most timings that it may count, and durations that a bucket is spread over.
 */
export function deltaGain(
  value: Value,
  measure: OtlpMetricConfig["measure"],
  outcome: number,
  factor: number,
  most: { readonly timings: number; readonly durationsABucket: number },
): DeltaGain | PointFault | undefined {
  if (value.kind === "number") {
    const code = codeOf(measure);
    const parts = measureParts(code, inMeasureUnit(value.value, measure, factor));
    if (parts === undefined) return badMeasure();
    if (parts === 0) return undefined;
    return { kind: "measure", measures: new Map([[code, { count: 1, parts, at: 0 }]]) };
  }
  if (value.count > most.timings) {
    return new PointFault("too_many_values", "the points of the request count too many timings");
  }
  const histogram = bucketedHistogram(value, factor);
  if (histogram instanceof PointFault) return histogram;
  if (histogram.count === 0) return undefined;
  return { kind: "timings", aggregate: deltaAggregate(histogram, outcome, most.durationsABucket) };
}

/** What a cumulative point says that its stream has counted; arguments as above. */
export function totalValue(
  value: Value,
  measure: OtlpMetricConfig["measure"],
  factor: number,
): TotalValue | PointFault {
  if (value.kind === "number") {
    const code = codeOf(measure);
    const resolution = MEASURES[code]?.resolution ?? 1;
    const parts = Math.round(inMeasureUnit(value.value, measure, factor) * resolution) + 0;
    if (!Number.isSafeInteger(parts) || parts < 0) return badMeasure();
    return { kind: "measure", code, parts };
  }
  if (value.counts.length > MAX_TOTAL_BUCKETS) {
    const detail = `a cumulative histogram may have ${MAX_TOTAL_BUCKETS} buckets; send deltas`;
    return new PointFault("bad_histogram", detail);
  }
  const histogram = bucketedHistogram(value, factor);
  return histogram instanceof PointFault ? histogram : { kind: "histogram", histogram };
}

/** A metric without a measure has no numbers, so the code of none is never used. */
function codeOf(measure: OtlpMetricConfig["measure"]): number {
  return (measure === null ? undefined : measureCode(measure)) ?? -1;
}

/** Measures of time are milliseconds. */
function inMeasureUnit(
  value: number,
  measure: OtlpMetricConfig["measure"],
  factor: number,
): number {
  return isTimed(measure) ? (value * factor) / 1_000 : value;
}

function badMeasure(): PointFault {
  return new PointFault("bad_measure", "its value must be a number from 0 that is not too large");
}
