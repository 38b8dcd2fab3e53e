/** One call that a histogram counted, and the trace in which it can be looked at. */
export interface Exemplar {
  /** W3C trace id: 32 lower-case hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  /** W3C span id: 16 lower-case hexadecimal digits, not all of them 0. */
  readonly spanId?: string | undefined;
  /** How long the call took, microseconds. */
  readonly durationUs: number;
  /** When it was, epoch milliseconds. */
  readonly at: number;
}

/** An exemplar on its way, with the operation whose histogram counted it. */
export interface OperationExemplar extends Exemplar {
  readonly operation: string;
}

/** Most exemplars of a series that are shown: its slowest. */
export const SHOWN_EXEMPLARS = 5;

/** Most exemplars that one report may carry. */
export const MAX_REPORT_EXEMPLARS = 64;
