import type { Recorder } from "../recorder.ts";
import { timedCall } from "../timed-call.ts";
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
 * A queue that is instrumented already is wrapped anew, for this recorder alone: nothing is timed
 * twice.
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
  return wrapObject(queue, {
    send: timedCall(recorder, target, "send"),
    sendBatch: timedCall(recorder, target, "send-batch"),
  });
}
