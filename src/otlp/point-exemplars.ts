import type { OperationExemplar } from "../exemplar.ts";
import { isSpanId, isTraceId } from "../trace-ids.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { inMilliseconds } from "./in-milliseconds.ts";
import type { OtlpPoint } from "./otlp-model.ts";
import { inMicroseconds } from "./time-unit.ts";

/** The exemplars of a point that lead to a trace; the others are of no use here. */
export function pointExemplars(
  { exemplars, timeNs }: OtlpPoint,
  operation: string,
  unitUs: number,
): readonly OperationExemplar[] {
  return exemplars.flatMap(({ traceId, spanId, value, timeNs: ownNs }) => {
    const durationUs = Math.round(inMicroseconds(value, unitUs));
    if (!isTraceId(traceId) || !(durationUs >= 0 && durationUs <= MAX_DURATION_US)) return [];
    const at = inMilliseconds(ownNs > 0n ? ownNs : timeNs);
    const span = isSpanId(spanId) ? { spanId } : {};
    return [{ operation, traceId, ...span, durationUs, at }];
  });
}
