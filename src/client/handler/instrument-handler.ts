import { isName } from "../../names.ts";
import type { Outcome } from "../../outcome.ts";
import { BatchWatch, type RetryMeaning } from "../queue/batch-watch.ts";
import type { Tachograph } from "../tachograph.ts";
import type { CallEnded } from "../time-call.ts";
import { timeCall } from "../time-call.ts";
import type { InstrumentedBindings } from "./binding-wrappers.ts";
import { bindingWrappers } from "./binding-wrappers.ts";
import { EndingContext } from "./ending-context.ts";
import type { WrapBinding } from "./instrument-env.ts";
import { instrumentEnv } from "./instrument-env.ts";
import type { OpenClientOptions } from "./open-client.ts";
import { openClient } from "./open-client.ts";

/** What {@link instrumentHandler} may be told. */
export interface InstrumentHandlerOptions<Env>
  extends OpenClientOptions<Env>, InstrumentedBindings<Env> {
  /** What the timings of requests are filed under. A name. Default `worker`. */
  readonly target?: string | undefined;
  /**
   * Names the operation of a request, after it is answered: a name, and one of few, such as that of
   * a route. Where it throws or names none, that is counted and the operation is `fetch`. Default
   * `fetch` for all.
   */
  readonly operationOf?: ((request: Request) => string) | undefined;
  /**
   * What runs in the background is filed under this, so that it is no part of how fast requests are
   * answered: batches, their messages (see `instrumentConsumer`) and schedules. A name. Default
   * `queue`.
   */
  readonly queueTarget?: string | undefined;
  /** What a message's `retry` means, see `instrumentConsumer`. Default `failure`. */
  readonly retriesMean?: RetryMeaning | undefined;
}

interface Handler<Env> {
  readonly bare: object;
  readonly options: InstrumentHandlerOptions<Env>;
  readonly wrappers: ReadonlyMap<PropertyKey, WrapBinding>;
  readonly target: string;
  readonly queueTarget: string;
}

type Method = (...args: never[]) => unknown;

/**
 * Instruments a Worker: its handlers, and those of its bindings that are named.
 *
 * ```ts
 * export default instrumentHandler(worker, { d1: ["DB"], kv: ["CACHE"], queues: ["JOBS"] });
 * ```
 *
 * - `fetch`: `ok` for a status below 500, else `error`; the time until there is a response, whose
 *   body may still be on its way.
 *   With `client: { exemplars: true }`, what is recorded meanwhile is of the trace that the request's
 *   `traceparent` names.
 * - `queue` and `scheduled`: of the target `queue`, a `batch` and a `scheduled` each, `ok`; and each
 *   message of a batch as `instrumentConsumer` does. When they are over, what is buffered is sent in
 *   `waitUntil`, for half a second at most; what is left then, a later invocation sends.
 *
 * A handler that throws is an `error`, or a `timeout` when it throws an `AbortError` or a
 * `TimeoutError`; the runtime gets what it threw. What takes longer than ten minutes counts as ten
 * minutes. All other handlers, such as `email` and `tail`, are the bare ones with the bare `env`, and
 * so is what `import { env }` gives. See {@link InstrumentedBindings} for the bindings, and
 * `instrumentEnv` for the `env` that the three handlers get.
 *
 * @param bare - An object of handlers. In a class, such as a `WorkerEntrypoint`, wrap the bindings
 * one by one with `tachograph(env.TACHOGRAPH, ctx)` instead.
 * @returns An object of the same handlers. They may be called with all that the runtime gives them.
 * @throws TypeError for a class, when the Worker starts.
 */
export function instrumentHandler<
  Env = unknown,
  Body = unknown,
  Cf = unknown,
  Props = unknown,
  Bare extends ExportedHandler<Env, Body, Cf, Props> = ExportedHandler<Env, Body, Cf, Props>,
>(
  bare: Bare & ExportedHandler<Env, Body, Cf, Props>,
  options: InstrumentHandlerOptions<Env> = {},
): Bare & ExportedHandler<Env, Body, Cf, Props> {
  if (typeof bare !== "object" || bare === null) {
    throw new TypeError(
      "instrumentHandler takes an object of handlers. In a class, such as a WorkerEntrypoint, " +
        "use tachograph(env.TACHOGRAPH, ctx) with instrumentD1, instrumentKV and instrumentQueue.",
    );
  }
  const { target = "worker", queueTarget = "queue" } = options;
  const wrappers = bindingWrappers(options);
  const handler: Handler<Env> = { bare, options, target, queueTarget, wrappers };
  const properties: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(bare);
  for (const name of methodNames(bare)) {
    const method: unknown = Reflect.get(bare, name);
    if (!isMethod(method)) continue;
    if (name === "fetch") replace(properties, name, timedFetch(handler, method));
    else if (name === "scheduled") replace(properties, name, timedSchedule(handler, method));
    else if (name === "queue") replace(properties, name, timedQueue(handler, method));
    // A method that is inherited may need the very object that it belongs to.
    else if (!Object.hasOwn(properties, name)) replace(properties, name, method.bind(bare));
  }
  return Object.create(Reflect.getPrototypeOf(bare), properties);
}

/** Opens the client, wraps `env`, and times the bare method; `begin` sees what it is given. */
function timed<Env>(
  handler: Handler<Env>,
  method: Method,
  begin: (tacho: Tachograph, subject: never, ending: EndingContext) => CallEnded,
): Method {
  const { bare, options, wrappers } = handler;
  return (subject: never, env: Env, context: ExecutionContext, ...rest: never[]) => {
    const ending = new EndingContext(context);
    const tacho = openClient(env, context, options);
    const args = [subject, instrumentEnv(env, wrappers, tacho), context, ...rest];
    const ended = begin(tacho, subject, ending);
    return timeCall(tacho, (): unknown => Reflect.apply(method, bare, args), ended);
  };
}

function timedFetch<Env>(handler: Handler<Env>, method: Method): Method {
  const { operationOf } = handler.options;
  return timed(handler, method, (tacho, request: Request) => {
    followTrace(tacho, request);
    return (durationMs, failure, response) => {
      const operation = operationOf === undefined ? "fetch" : nameOf(tacho, operationOf, request);
      tacho.record(handler.target, operation, durationMs, failure ?? outcomeOf(response));
    };
  });
}

function timedSchedule<Env>(handler: Handler<Env>, method: Method): Method {
  return timed(handler, method, (tacho, _controller, ending) => (durationMs, failure) => {
    tacho.record(handler.queueTarget, "scheduled", durationMs, failure ?? "ok");
    ending.flush(tacho);
  });
}

function timedQueue<Env>(handler: Handler<Env>, method: Method): Method {
  const { queueTarget, options } = handler;
  return timed(handler, method, (tacho, batch: MessageBatch, ending) => {
    const watch = new BatchWatch(tacho, queueTarget, batch, options.retriesMean);
    return (durationMs, failure) => {
      watch.ended(failure);
      tacho.record(queueTarget, "batch", durationMs, failure ?? "ok");
      ending.flush(tacho);
    };
  });
}

function followTrace(tacho: Tachograph, request: Request): void {
  try {
    tacho.followTrace(request.headers.get("traceparent"));
  } catch (error) {
    tacho.noteFailure("traceparent", error);
  }
}

function nameOf(
  tacho: Tachograph,
  operationOf: (request: Request) => string,
  request: Request,
): string {
  try {
    const name: unknown = operationOf(request);
    if (isName(name)) return name;
    tacho.noteFailure("operationOf", `${JSON.stringify(name)} is no name, see NAME_PATTERN`);
  } catch (error) {
    tacho.noteFailure("operationOf", error);
  }
  return "fetch";
}

/** What is no response is an error: the runtime takes it for one. */
function outcomeOf(response: unknown): Outcome {
  if (typeof response !== "object" || response === null || !("status" in response)) return "error";
  return typeof response.status === "number" && response.status < 500 ? "ok" : "error";
}

/** The names of all methods, whether the object's own or inherited. */
function methodNames(bare: object): Set<string> {
  const names = new Set<string>();
  let owner: object | null = bare;
  while (owner !== null && owner !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(owner))
      if (name !== "constructor") names.add(name);
    owner = Reflect.getPrototypeOf(owner);
  }
  return names;
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

function replace(properties: PropertyDescriptorMap, name: string, value: unknown): void {
  const enumerable = properties[name]?.enumerable ?? true;
  properties[name] = { value, enumerable, writable: true, configurable: true };
}
