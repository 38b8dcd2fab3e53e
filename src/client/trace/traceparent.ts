import { isSpanId, isTraceId, type TraceIds } from "../../trace-ids.ts";

/** What a `traceparent` says. */
export interface TraceParent extends TraceIds {
  /** Whether somebody keeps the trace: of one that nobody keeps there is nothing to look at. */
  readonly isSampled: boolean;
}

/** Version, trace id, span id and flags; a later version may have more after another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const MAX_LENGTH = 512;

/**
 * Reads the text of a `traceparent` header (W3C Trace Context).
 *
 * @returns undefined if it is none.
 */
export function parseTraceparent(text: unknown): TraceParent | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const [, version, traceId, spanId, flags = "", more] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === "ff" || !isTraceId(traceId) || !isSpanId(spanId)) {
    return undefined;
  }
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
