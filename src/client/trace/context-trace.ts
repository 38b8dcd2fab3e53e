import type { TraceIds } from "../../trace-ids.ts";

const traces = new WeakMap<object, TraceIds>();

/** Remembers the trace of the invocation that a context is of. */
export function noteTrace(context: object, trace: TraceIds): void {
  traces.set(context, trace);
}

/** The trace of the invocation that a context is of; undefined if none is known. */
export function traceOf(context: object): TraceIds | undefined {
  return traces.get(context);
}
