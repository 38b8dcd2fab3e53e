import type { QueryClient } from "../../src/client/query/query-runner.ts";
import type { MeasureValues } from "../../src/measures.ts";

/** One recorded timing. */
export interface Recorded {
  readonly target: string;
  readonly operation: string;
  readonly outcome: string;
  readonly measures: MeasureValues;
}

/** A client that keeps what it is told. Its time moves only by hand. */
export interface RecordingClient extends Required<QueryClient> {
  readonly recorded: Recorded[];
  readonly failures: { readonly where: string; readonly error: unknown }[];
  readonly kept: Promise<unknown>[];
  /** What the clock shows, epoch milliseconds. */
  at: number;
  /** What every call takes, milliseconds. */
  tookMs: number;
}

export function recordingClient(): RecordingClient {
  const client: RecordingClient = {
    recorded: [],
    failures: [],
    kept: [],
    at: 1_000_000,
    tookMs: 1,
    record: (target, operation, _durationMs, outcome = "ok", measures = {}) => {
      client.recorded.push({ target, operation, outcome, measures });
    },
    stopwatch: () => 0,
    elapsedMs: () => client.tookMs,
    now: () => client.at,
    noteFailure: (where, error) => void client.failures.push({ where, error }),
    keepAlive: (work) => void client.kept.push(work),
  };
  return client;
}
