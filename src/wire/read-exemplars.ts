import { MAX_REPORT_EXEMPLARS, type OperationExemplar } from "../exemplar.ts";
import { isName } from "../names.ts";
import { isSpanId, isTraceId } from "../trace-ids.ts";
import { MAX_DURATION_US } from "./timing-columns.ts";

/**
 * Reads what a sender gave as the exemplars of a report: the sound ones among the first
 * {@link MAX_REPORT_EXEMPLARS}. The others are left out, and the report is taken all the same:
 * exemplars are hints, and no reason to lose timings.
 *
 * @param value - Anything: over RPC nothing is what its type says.
 */
export function readExemplars(value: unknown): readonly OperationExemplar[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_REPORT_EXEMPLARS).flatMap((one: unknown) => readExemplar(one) ?? []);
}

/** A copy, which carries nothing else along. */
function readExemplar(one: unknown): OperationExemplar | undefined {
  if (typeof one !== "object" || one === null) return undefined;
  const { operation, traceId, spanId, durationUs, at }: Partial<Record<string, unknown>> = {
    ...one,
  };
  if (!isName(operation) || !isTraceId(traceId)) return undefined;
  if (spanId !== undefined && !isSpanId(spanId)) return undefined;
  if (!isWithin(durationUs, MAX_DURATION_US) || !isWithin(at, Number.MAX_SAFE_INTEGER)) {
    return undefined;
  }
  const ids = spanId === undefined ? { traceId } : { traceId, spanId };
  return { operation, ...ids, durationUs: Math.round(durationUs), at: Math.floor(at) };
}

/** False for NaN. */
function isWithin(value: unknown, max: number): value is number {
  return typeof value === "number" && value >= 0 && value <= max;
}
