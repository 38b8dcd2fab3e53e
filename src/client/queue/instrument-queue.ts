import type { Recorder } from "../recorder.ts";
import { timeCall } from "../time-call.ts";
import type { Interceptor } from "../wrap-object.ts";
import { wrapObject } from "../wrap-object.ts";

/** What {@link instrumentQueue} may be told. */
export interface InstrumentQueueOptions {
  /** What the timings are filed under. A name. Default `queue`. */
  readonly target?: string | undefined;
}

/**
 * A queue that records how long it takes to send: operation `send`, and `send-batch` once for each
 * batch; `ok`, or `error`, or `timeout` when the call throws an `AbortError` or a `TimeoutError`.
 * It is otherwise the bare one: its types, answers and errors. What is sent passes through untouched.
 *
 * @param queue - Comes back as it is if there is none, which is noted as a failure.
 * @param recorder - The request's client, see `tachograph`.
 */
export function instrumentQueue<Body = unknown>(
  queue: Queue<Body>,
  recorder: Recorder,
  options: InstrumentQueueOptions = {},
): Queue<Body> {
  if (typeof queue !== "object" || queue === null) {
    recorder.noteFailure("instrumentQueue", "the binding is missing: check wrangler.toml");
    return queue;
  }
  const { target = "queue" } = options;
  const timed =
    (operation: string): Interceptor =>
    (call) =>
      timeCall(recorder, call, (durationMs, failure) => {
        recorder.record(target, operation, durationMs, failure ?? "ok");
      });
  return wrapObject(queue, { send: timed("send"), sendBatch: timed("send-batch") });
}
