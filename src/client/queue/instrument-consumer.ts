import { EndingContext } from "../handler/ending-context.ts";
import type { OpenClientOptions } from "../handler/open-client.ts";
import { openClient } from "../handler/open-client.ts";
import { timeCall } from "../time-call.ts";
import { BatchWatch, type RetryMeaning } from "./batch-watch.ts";

/** What {@link instrumentConsumer} may be told. */
export interface InstrumentConsumerOptions<Env> extends OpenClientOptions<Env> {
  /** What the timings are filed under. A name. Default `queue`. */
  readonly target?: string | undefined;
  /**
   * What `retry` and `retryAll` mean: a `failure` (`error`), or a `deferral`, as of what a limit makes
   * wait (`rate_limited`, which is no error). A handler that throws has failed either way. Default
   * `failure`.
   */
  readonly retriesMean?: RetryMeaning | undefined;
}

/**
 * A Worker's `queue` handler that records for each message, and otherwise does what the bare one
 * does with the same batch:
 *
 * - `wait`: how long ago it was sent, by the queue's clock and this one's; for a message that comes
 *   again, earlier deliveries included. What waited longer than ten minutes counts as ten minutes;
 *   the measure `waitMs` has the true figure, up to 12 days. The measure `retries` says how often it
 *   was delivered before, of messages that were.
 * - `process`: the time from the delivery of its batch until `ack`, `retry`, `ackAll` or `retryAll`
 *   decided on it, or else until the handler was over. So a message that is handled after others
 *   has their time in it. `ok` if it was acknowledged; `error` (see `retriesMean`) if it is to come again (`timeout` if
 *   that is because the handler threw an `AbortError` or a `TimeoutError`): the operation's error
 *   rate is the rate of retries. What is decided in `waitUntil`, after the handler, comes too late.
 *
 * Once the handler is over, what is buffered is sent in `waitUntil`, for half a second at most; what
 * is left then, a later invocation sends.
 *
 * @returns For `queue` of a Worker's handlers, which `instrumentHandler` wraps by itself.
 */
export function instrumentConsumer<Env = unknown, Body = unknown, Props = unknown>(
  handle: ExportedHandlerQueueHandler<Env, Body, Props>,
  options: InstrumentConsumerOptions<Env> = {},
): ExportedHandlerQueueHandler<Env, Body, Props> {
  const { target = "queue", retriesMean } = options;
  return function queue(this: unknown, batch, env, context) {
    const ending = new EndingContext(context);
    const tacho = openClient(env, context, options);
    const watch = new BatchWatch(tacho, target, batch, retriesMean);
    const call = (): void | Promise<void> => handle.call(this, batch, env, context);
    return timeCall(tacho, call, (_durationMs, failure) => {
      watch.ended(failure);
      ending.flush(tacho);
    });
  };
}
