import type { Recorder } from "../../src/client/recorder.ts";
import type { MeasureValues } from "../../src/measures.ts";
import type { Outcome } from "../../src/outcome.ts";

/** One timing, as it was recorded. */
export interface RecordedTiming {
  readonly target: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly measures?: MeasureValues;
}

/** Keeps what is recorded. Its time is its own, and moves only when it is told to. */
export class MemoryRecorder implements Recorder {
  /** Epoch milliseconds; also what the stopwatch shows. */
  at = 1_700_000_000_000;
  readonly timings: RecordedTiming[] = [];
  readonly failures: string[] = [];

  record(
    target: string,
    operation: string,
    durationMs: number,
    outcome: Outcome = "ok",
    measures?: MeasureValues,
  ): void {
    const timing = { target, operation, durationMs, outcome };
    this.timings.push(measures === undefined ? timing : { ...timing, measures });
  }

  stopwatch(): number {
    return this.at;
  }

  elapsedMs(since: number): number {
    return this.at - since;
  }

  now(): number {
    return this.at;
  }

  noteFailure(where: string, error: unknown): void {
    this.failures.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Empties it, and returns each timing as `operation outcome`. */
  take(): string[] {
    return this.timings.splice(0).map(({ operation, outcome }) => `${operation} ${outcome}`);
  }
}
