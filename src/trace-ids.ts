const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Where a call can be looked at in a store of traces. */
export interface TraceIds {
  /** W3C trace id: 32 lower-case hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  /** W3C span id: 16 lower-case hexadecimal digits, not all of them 0. */
  readonly spanId?: string | undefined;
}

/** Whether `value` is a trace id as W3C Trace Context has it. */
export function isTraceId(value: unknown): value is string {
  return typeof value === "string" && TRACE_ID.test(value);
}

/** Whether `value` is a span id as W3C Trace Context has it. */
export function isSpanId(value: unknown): value is string {
  return typeof value === "string" && SPAN_ID.test(value);
}

/**
 * Reads ids that somebody gave. Digits may be of either case: libraries differ in that.
 *
 * @param spanId - undefined for none.
 * @returns undefined if either is no id.
 */
export function readTraceIds(traceId: unknown, spanId: unknown): TraceIds | undefined {
  const trace = typeof traceId === "string" ? traceId.toLowerCase() : undefined;
  if (!isTraceId(trace)) return undefined;
  if (spanId === undefined) return { traceId: trace };
  const span = typeof spanId === "string" ? spanId.toLowerCase() : undefined;
  return isSpanId(span) ? { traceId: trace, spanId: span } : undefined;
}
