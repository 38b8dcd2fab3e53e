import type { Outcome } from "../outcome.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { classifyError } from "./classify.ts";
import type { Recorder } from "./recorder.ts";

/** The longest duration that a timing can have, milliseconds. */
export const MAX_DURATION_MS = MAX_DURATION_US / 1_000;

/**
 * Told once how a call ended.
 *
 * @param durationMs - Until its promise was settled; what takes longer than {@link MAX_DURATION_MS}
 * counts as that.
 * @param failure - Undefined when it answered.
 * @param value - What it answered.
 */
export type CallEnded = (durationMs: number, failure: Outcome | undefined, value: unknown) => void;

/**
 * Makes a call and tells how it ended before the caller knows. What throws at once throws at once,
 * what answers without a promise does so, and a rejection that nobody awaits stays unhandled.
 *
 * @returns What `call` returns.
 * @throws What `call` throws, and nothing that `ended` throws: the recorder counts that.
 */
export function timeCall<Result>(recorder: Recorder, call: () => Result, ended: CallEnded): Result;
export function timeCall(recorder: Recorder, call: () => unknown, ended: CallEnded): unknown {
  const startedAt = recorder.stopwatch();
  const tell = (failure: Outcome | undefined, value: unknown): void => {
    try {
      ended(Math.min(recorder.elapsedMs(startedAt), MAX_DURATION_MS), failure, value);
    } catch (error) {
      recorder.noteFailure("instrument", error);
    }
  };
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    tell(outcomeOf(recorder, error), undefined);
    throw error;
  }
  if (!isThenable(result)) {
    tell(undefined, result);
    return result;
  }
  return Promise.resolve(result).then(
    (value: unknown) => {
      tell(undefined, value);
      return value;
    },
    (error: unknown) => {
      tell(outcomeOf(recorder, error), undefined);
      throw error;
    },
  );
}

/** That of {@link classifyError}; an error whose very name throws is an `error`. */
function outcomeOf(recorder: Recorder, error: unknown): Outcome {
  try {
    return classifyError(error);
  } catch (unreadable) {
    recorder.noteFailure("classifyError", unreadable);
    return "error";
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  if (typeof value !== "object" || value === null || !("then" in value)) return false;
  return typeof value.then === "function";
}
