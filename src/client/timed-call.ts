import type { Recorder } from "./recorder.ts";
import { timeCall } from "./time-call.ts";
import type { Interceptor } from "./wrap-object.ts";

/** Records each call of a method as one timing of `operation`, `ok` unless it fails. */
export function timedCall(recorder: Recorder, target: string, operation: string): Interceptor {
  return (call) =>
    timeCall(recorder, call, (durationMs, failure) => {
      recorder.record(target, operation, durationMs, failure ?? "ok");
    });
}
