import type { Recorder } from "../../src/client/recorder.ts";

/** Keeps what is recorded; its clock stands still. */
export class FakeRecorder implements Recorder {
  readonly recorded: string[] = [];
  readonly failures: string[] = [];
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  record(target: string, operation: string, _durationMs: number, outcome = "ok"): void {
    this.recorded.push(`${target} ${operation} ${outcome}`);
  }

  stopwatch(): number {
    return 0;
  }

  elapsedMs(): number {
    return 0;
  }

  now(): number {
    return this.#now;
  }

  noteFailure(where: string): void {
    this.failures.push(where);
  }
}
