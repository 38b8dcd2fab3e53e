import { readTraceIds, type TraceIds } from "../../trace-ids.ts";
import { parseTraceparent } from "./traceparent.ts";

/** The trace in which a call can be looked at: its ids, or a header that has them. */
export interface TraceRef {
  /** 32 hexadecimal digits. It goes before `traceparent`. */
  readonly traceId?: string | undefined;
  /** 16 hexadecimal digits; only with a `traceId`. */
  readonly spanId?: string | undefined;
  /** The text of a W3C `traceparent` header; null for none, as `headers.get` has it. */
  readonly traceparent?: string | null | undefined;
}

/** Why a call has no exemplar although somebody named a trace. */
export type TraceRefusal = "invalid" | "not_sampled" | "off";

/**
 * Reads a {@link TraceRef}.
 *
 * @returns The ids; why there are none to be used; undefined if nothing was named.
 */
export function readTraceRef(ref: TraceRef): TraceIds | Exclude<TraceRefusal, "off"> | undefined {
  // A wrong trace must not cost the timing, whatever somebody without types gives for one.
  if (typeof ref !== "object" || ref === null) return "invalid";
  const { traceId, spanId, traceparent = null } = ref;
  if (traceId !== undefined || spanId !== undefined) {
    return readTraceIds(traceId, spanId) ?? "invalid";
  }
  if (traceparent === null) return undefined;
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return "invalid";
  return parent.isSampled ? { traceId: parent.traceId, spanId: parent.spanId } : "not_sampled";
}
