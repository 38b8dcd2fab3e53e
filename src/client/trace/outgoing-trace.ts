import type { TraceRef } from "./trace-ref.ts";

/**
 * What is known of the trace of a call that is about to be made: what the caller names, or else the
 * call's own `traceparent` header.
 *
 * @param isWanted - Whether to look into the headers at all.
 * @returns undefined if nothing is known.
 * @throws What `Headers` throws for headers that are none.
 */
export function outgoingTrace(
  { traceId, spanId, traceparent }: TraceRef,
  request: RequestInfo | URL,
  headers: HeadersInit | undefined,
  isWanted: boolean,
): TraceRef | undefined {
  if (traceId !== undefined || spanId !== undefined) return { traceId, spanId };
  if (traceparent !== undefined && traceparent !== null) return { traceparent };
  if (!isWanted) return undefined;
  // Headers in `init` replace all of the request's own.
  const own = headers ?? (request instanceof Request ? request.headers : undefined);
  return own === undefined ? undefined : { traceparent: new Headers(own).get("traceparent") };
}
