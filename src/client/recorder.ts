import type { MeasureValues } from "../measures.ts";
import type { Outcome } from "../outcome.ts";

/** The part of `Tachograph` that whatever is instrumented needs. Nothing of it ever throws. */
export interface Recorder {
  record(
    target: string,
    operation: string,
    durationMs: number,
    outcome?: Outcome,
    measures?: MeasureValues,
  ): void;
  /** Milliseconds from some fixed point. */
  stopwatch(): number;
  /** Milliseconds since the stopwatch was read, never negative. */
  elapsedMs(since: number): number;
  /** Epoch milliseconds. */
  now(): number;
  /** Counts an error that stays hidden from the caller. */
  noteFailure(where: string, error: unknown): void;
}
