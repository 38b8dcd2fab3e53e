import type { Exemplar } from "./exemplar.ts";

/** One call that can be looked at in its trace, as the API shows it. */
export interface ExemplarView {
  readonly traceId: string;
  /** Left out if it is not known. */
  readonly spanId?: string;
  readonly durationMs: number;
  /** When it was, epoch milliseconds. */
  readonly at: number;
}

/** What the API shows of an exemplar. */
export function exemplarView({ traceId, spanId, durationUs, at }: Exemplar): ExemplarView {
  return { traceId, ...(spanId !== undefined && { spanId }), durationMs: durationUs / 1000, at };
}

/** Whether two lists show the same. */
export function areSameExemplars(
  some: readonly ExemplarView[],
  others: readonly ExemplarView[],
): boolean {
  return (
    some.length === others.length && some.every((one, index) => isSameExemplar(one, others[index]))
  );
}

function isSameExemplar(one: ExemplarView, other: ExemplarView | undefined): boolean {
  return (
    one.traceId === other?.traceId &&
    one.spanId === other.spanId &&
    one.durationMs === other.durationMs &&
    one.at === other.at
  );
}
