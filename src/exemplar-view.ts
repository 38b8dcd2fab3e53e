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

/** Most that are shown of a series. */
const MAX_SHOWN = 5;

/** The slowest few, the slowest first; of equally slow ones the newest. */
export function slowestExemplars(exemplars: readonly Exemplar[]): ExemplarView[] {
  return exemplars
    .toSorted((one, other) => other.durationUs - one.durationUs || other.at - one.at)
    .slice(0, MAX_SHOWN)
    .map(({ traceId, spanId, durationUs, at }) => ({
      traceId,
      ...(spanId !== undefined && { spanId }),
      durationMs: durationUs / 1000,
      at,
    }));
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
