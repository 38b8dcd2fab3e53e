import type { MeasureValues } from "../measures.ts";
import { outcomeCode } from "../outcome.ts";
import type { Outcome } from "../outcome.ts";
import type { PlatformSignal } from "../wire/permits.ts";
import type { TachographBinding } from "../wire/report.ts";
import { beforeDeadline } from "./before-deadline.ts";
import type { InvalidationFeed } from "./cache/invalidation-feed.ts";
import { classifyError, classifyStatus } from "./classify.ts";
import type { CallOutcome, Classifier } from "./classify.ts";
import type { ClientStats } from "./client-counters.ts";
import type { ClientOptions } from "./client-options.ts";
import { ClientState } from "./client-state.ts";
import { PermitDenied } from "./permit-denied.ts";
import { readSignal } from "./read-signal.ts";
import type { BodyRefusal } from "./read-signal.ts";
import type { Recorder } from "./recorder.ts";
import { RequestScope } from "./request-scope.ts";
import type { WaitUntilContext } from "./request-scope.ts";
import { tellingSignal } from "./telling-signal.ts";
import type { TakeOptions, TakeResult } from "./take-result.ts";
import { withTimeout } from "./timed-fetch.ts";
import type { TimedFetchInit } from "./timed-fetch.ts";
import { outgoingTrace } from "./trace/outgoing-trace.ts";
import type { TraceRef } from "./trace/trace-ref.ts";

/**
 * Records how long calls take and takes permits for them, on behalf of one request. Nothing here
 * throws on our account, except {@link PermitDenied} from a `fetch` that asked for it: what goes
 * wrong is counted in {@link Tachograph.stats}. Nothing waits but a `take` that must ask.
 */
export class Tachograph implements Recorder {
  readonly #state: ClientState;
  readonly #scope: RequestScope;

  constructor(state: ClientState, context: WaitUntilContext) {
    this.#state = state;
    this.#scope = new RequestScope(context, state);
  }

  /**
   * Records a call that has just ended.
   *
   * @param target - What was called, for example `meta`. A name: `[a-z0-9][a-z0-9_.:-]{0,63}`.
   * @param operation - What was done there, for example `events`. A name.
   * @param durationMs - Milliseconds, 0 to 600,000, decimals allowed; kept to the microsecond.
   * @param outcome - Default `ok`.
   * @param measures - Numbers beside the timing, see `MEASURES`. A value that one cannot have makes
   * the whole timing refused, as `bad_measure`.
   * @param trace - Where the call can be looked at; without any, in the trace of the request. Used
   * with the option `exemplars` alone. One that is none is counted, and the timing is taken.
   */
  record(
    target: string,
    operation: string,
    durationMs: number,
    outcome: Outcome = "ok",
    measures?: MeasureValues,
    trace?: TraceRef,
  ): void {
    this.#recordAt(target, operation, durationMs, outcome, this.now(), measures, trace);
  }

  /**
   * Says of which trace the request is: what is recorded from now on with its context, by any client,
   * may become an exemplar. `instrumentHandler` does it by itself. Nothing happens without the option
   * `exemplars`.
   *
   * @param traceparent - The text of the request's W3C `traceparent` header; null for none.
   */
  followTrace(traceparent: string | null): void {
    if (!this.#state.options.exemplars) return;
    this.#guarded(
      "followTrace",
      () => {
        const trace = this.#state.readTrace({ traceparent });
        if (trace) this.#scope.trace = trace;
      },
      undefined,
    );
  }

  /** Reads the stopwatch, for {@link elapsedMs}: milliseconds from some fixed point. */
  stopwatch(): number {
    return this.#guarded("stopwatch", this.#state.options.stopwatch, Number.NaN);
  }

  /**
   * Milliseconds since the stopwatch was read; 0 if the clock was set back meanwhile. In a deployed
   * Worker the clock moves only across I/O.
   */
  elapsedMs(since: number): number {
    return Math.max(0, this.stopwatch() - since);
  }

  /** Epoch milliseconds, of the client's clock. */
  now(): number {
    return this.#guarded("clock", this.#state.options.clock, Number.NaN);
  }

  /** Counts an error that stays hidden from the caller, and keeps its text: see `stats`. */
  noteFailure(where: string, error: unknown): void {
    this.#state.counters.fail(where, error);
  }

  /**
   * Times `call` until its promise is settled: `ok`, or `timeout` when it throws an `AbortError` or
   * a `TimeoutError`, or else `error`. In a deployed Worker the clock moves only across I/O, so a
   * call that does none takes 0 ms.
   *
   * @param trace - As for {@link record}.
   * @returns What `call` returns.
   * @throws What `call` throws.
   */
  async time<Value>(
    target: string,
    operation: string,
    call: () => Value | PromiseLike<Value>,
    trace?: TraceRef,
  ): Promise<Value> {
    const startedAt = this.stopwatch();
    try {
      const value = await call();
      this.#recordSince(startedAt, target, operation, "ok", trace);
      return value;
    } catch (error) {
      this.#recordSince(startedAt, target, operation, this.#outcomeOf(error), trace);
      throw error;
    }
  }

  /**
   * Fetches and times until the response's headers are here; the body may still be on its way. The
   * outcome is that of {@link classifyStatus}, or what `init.classify` says, or of
   * {@link classifyError} when there is no response. What the answer says about the platform's
   * limit is fed back, see {@link Tachograph.feedback}: at once for a 429 and for a 503 with
   * `Retry-After`; else with what the classifier said, so that a `rate_limited` with its code and
   * the headers' times are one signal.
   *
   * @param request - Whatever the global `fetch` takes.
   * @param init - The fields of `RequestInit` and those of {@link TimedFetchInit}.
   * @returns The response, untouched.
   * @throws What `fetch` throws: the caller's abort, our `timeoutMs` as a `TimeoutError`, or a
   * failure of the network. {@link PermitDenied} if `init.permit` asks for permits and gets none.
   */
  async fetch(
    target: string,
    operation: string,
    request: RequestInfo | URL,
    init: TimedFetchInit = {},
  ): Promise<Response> {
    const { classify, onOutcome, timeoutMs, fetcher, permit, ...rest } = init;
    const { traceId, spanId, traceparent, ...plainInit } = rest;
    if (permit !== undefined && permit !== false) await this.#takeFor(target, permit);
    const trace = this.#traceOf({ traceId, spanId, traceparent }, request, plainInit);
    const fetchInit = this.#limited(request, plainInit, timeoutMs);
    const startedAt = this.stopwatch();
    let response: Response;
    try {
      const calling = fetcher ?? globalThis;
      response = await (fetchInit === undefined
        ? calling.fetch(request)
        : calling.fetch(request, fetchInit));
    } catch (error) {
      const outcome = this.#outcomeOf(error);
      this.#recordSince(startedAt, target, operation, outcome, trace);
      this.#tell(onOutcome, { outcome });
      throw error;
    }
    const durationMs = this.elapsedMs(startedAt);
    const at = this.now();
    const signal = this.#signalLater(target, response, at);
    const finish = (ended: CallOutcome): void => {
      this.#recordAt(target, operation, durationMs, ended.outcome, at, undefined, trace);
      signal(ended);
      this.#tell(onOutcome, ended);
    };
    if (classify === undefined) finish({ outcome: classifyStatus(response.status) });
    else this.#classifyLater(response, classify, finish);
    return response;
  }

  /**
   * Takes permits of a target's limit, all or none; those that are granted count as used. It
   * answers without I/O as long as this isolate's leases can tell; else it waits for the bucket, at
   * most `permitTimeoutMs`. With `line` or `places` a denial always comes from the bucket. A target
   * that has no limit grants everything.
   *
   * @param permits - 1 to 10,000,000. Anything else is denied as `never`.
   */
  async take(target: string, permits = 1, options?: TakeOptions): Promise<TakeResult> {
    try {
      return await this.#state.desk.take(this.#scope, target, permits, options, this.now());
    } catch (error) {
      this.#state.counters.fail("take", error);
      const detail = "The client failed: see lastFailure in its stats.";
      return { granted: false, reason: "unreachable", detail, retryAfterMs: 1_000, place: null };
    }
  }

  /**
   * Gives back permits that this request was granted and did not use, as when the call was not made
   * after all. Only soon after the `take`: when this isolate has spoken to the bucket since, they
   * are known to be used, and stay so. `stats().permits.returned` tells how many came back.
   */
  giveBack(target: string, permits = 1): void {
    this.#guarded(
      "giveBack",
      () => this.#state.desk.giveBack(this.#scope, target, permits, this.now()),
      undefined,
    );
  }

  /**
   * Tells the bucket at once what a platform said about its limit, so that it closes or slows for
   * the whole fleet. `fetch` does it by itself. Nothing is told of an answer that
   * {@link readSignal} finds nothing in, nor of a signal that is neither limited nor at 80 % or
   * more.
   */
  feedback(target: string, said: PlatformSignal | Response): void {
    this.#guarded(
      "feedback",
      () => {
        const isResponse = "headers" in said;
        const signal = isResponse ? readSignal(said, this.now()) : tellingSignal(said);
        if (signal !== undefined) this.#signal(target, signal);
      },
      undefined,
    );
  }

  /**
   * Waits for this request's classifiers, sends everything that is buffered, whatever interval or
   * backoff is running, gives back the permits that are leased and not taken, and waits for the
   * answers (at most a few times `reportTimeoutMs`). For tests, and for handlers that end, such as
   * `queue` and `scheduled`, where `instrumentHandler` does not do it by itself. What another request
   * has under way is that request's to finish.
   *
   * @param withinMs - Waits at most so many milliseconds, repeats nothing before its time, and does
   * nothing while Tachograph leaves reports without an answer. What is not sent then stays buffered,
   * for a later request of the isolate. Default: as said above.
   */
  async flush(withinMs?: number): Promise<void> {
    const state = this.#state;
    try {
      const work = state.flush(this.#scope, withinMs !== undefined);
      if (withinMs === undefined) await work;
      else await beforeDeadline(work, withinMs, state.options.timer);
    } catch (error) {
      this.#state.counters.fail("flush", error);
    }
  }

  /**
   * Waits until `work` is over, but no longer than Tachograph seems to answer: 500 ms without any
   * answer, or a failed report, are enough. It never rejects.
   */
  async untilAway(work: Promise<unknown>): Promise<void> {
    try {
      await this.#state.untilAway(work);
    } catch (error) {
      this.#state.counters.fail("untilAway", error);
    }
  }

  /** What has become invalid in the tenant's caches: what a cache of this isolate hears it from. */
  get cacheFeed(): InvalidationFeed {
    return this.#state.cacheFeed;
  }

  /**
   * Lets work that nobody waits for go on after the answer. If it rejects, that is counted and goes
   * no further.
   */
  keepAlive(work: Promise<unknown>): void {
    const watched = async (): Promise<void> => {
      try {
        await work;
      } catch (error) {
        this.#state.counters.fail("keepAlive", error);
      }
    };
    this.#guarded("ctx.waitUntil", () => this.#scope.keepAlive(watched()), undefined);
  }

  /** What became of every timing of this isolate so far. */
  stats(): ClientStats {
    return this.#state.stats();
  }

  async #takeFor(
    target: string,
    permit: Exclude<TimedFetchInit["permit"], false | undefined>,
  ): Promise<void> {
    const about = typeof permit === "object" ? permit : undefined;
    const permits = typeof permit === "number" ? permit : (about?.permits ?? 1);
    const result = await this.take(target, permits, about);
    if (!result.granted) throw new PermitDenied(target, result);
  }

  /**
   * Tells the bucket what an answer says, now if its status alone refuses the call; the function
   * tells the rest once it is known how the call ended.
   */
  #signalLater(target: string, response: Response, at: number): (ended: CallOutcome) => void {
    const { status, headers } = response;
    const read = (refusal?: BodyRefusal): PlatformSignal | undefined =>
      this.#guarded("readSignal", () => readSignal({ status, headers }, at, refusal), undefined);
    const said = read();
    // What is known for sure closes the bucket without waiting for the body.
    const isRefused = said?.isLimited === true && (status === 429 || status === 503);
    if (isRefused) this.#signal(target, said);
    return ({ outcome, code }) => {
      if (isRefused) return;
      const signal = outcome === "rate_limited" ? read({ code }) : said;
      if (signal !== undefined) this.#signal(target, signal);
    };
  }

  #tell(onOutcome: TimedFetchInit["onOutcome"], ended: CallOutcome): void {
    if (onOutcome !== undefined) this.#guarded("onOutcome", () => onOutcome(ended), undefined);
  }

  #signal(target: string, signal: PlatformSignal): void {
    this.#guarded(
      "feedback",
      () => this.#state.desk.signal(this.#scope, target, signal, this.now()),
      undefined,
    );
  }

  #recordAt(
    target: string,
    operation: string,
    durationMs: number,
    outcome: Outcome,
    at: number,
    measures?: MeasureValues,
    trace?: TraceRef,
  ): void {
    try {
      this.#state.record(this.#scope, target, operation, durationMs, outcome, at, measures, trace);
    } catch (error) {
      this.#state.counters.fail("record", error);
    }
  }

  #recordSince(
    startedAt: number,
    target: string,
    operation: string,
    outcome: Outcome,
    trace: TraceRef | undefined,
  ): void {
    const durationMs = this.elapsedMs(startedAt);
    this.#recordAt(target, operation, durationMs, outcome, this.now(), undefined, trace);
  }

  #traceOf(
    named: TraceRef,
    request: RequestInfo | URL,
    { headers }: RequestInit,
  ): TraceRef | undefined {
    const isWanted = this.#state.options.exemplars;
    return this.#guarded(
      "traceparent",
      () => outgoingTrace(named, request, headers, isWanted),
      undefined,
    );
  }

  #outcomeOf(error: unknown): Outcome {
    return this.#guarded<Outcome>("classifyError", () => classifyError(error), "error");
  }

  /** Undefined when there is nothing in it: given an empty one, the runtime copies the request. */
  #limited(
    request: RequestInfo | URL,
    init: RequestInit,
    timeoutMs: number | undefined,
  ): RequestInit | undefined {
    if (timeoutMs === undefined) return Object.keys(init).length === 0 ? undefined : init;
    return this.#guarded("timeoutMs", () => withTimeout(request, init, timeoutMs), init);
  }

  #guarded<Value>(where: string, compute: () => Value, otherwise: Value): Value {
    try {
      return compute();
    } catch (error) {
      this.#state.counters.fail(where, error);
      return otherwise;
    }
  }

  /**
   * The clone is made before the caller can touch the body; all else happens after the response.
   */
  #classifyLater(
    response: Response,
    classify: Classifier,
    finish: (ended: CallOutcome) => void,
  ): void {
    const clone = this.#guarded("classify", () => response.clone(), undefined);
    if (clone === undefined) return finish({ outcome: classifyStatus(response.status) });
    const work = this.#classify(clone, classify, finish);
    this.#scope.track(work);
    this.#guarded("ctx.waitUntil", () => this.#scope.keepAlive(work), undefined);
  }

  /** Never rejects. */
  async #classify(
    clone: Response,
    classify: Classifier,
    finish: (ended: CallOutcome) => void,
  ): Promise<void> {
    let ended: CallOutcome = { outcome: classifyStatus(clone.status) };
    const ask = async (): Promise<void> => {
      try {
        const said = await classify(clone);
        if (said !== undefined) ended = readOutcome(said);
      } catch (error) {
        this.#state.counters.fail("classify", error);
      }
    };
    const { classifyTimeoutMs, timer } = this.#state.options;
    try {
      if ((await beforeDeadline(ask(), classifyTimeoutMs, timer)) === undefined) {
        this.#state.counters.fail("classify", `no outcome within ${classifyTimeoutMs} ms`);
      }
    } catch (error) {
      // Without a timer nobody waits for it: then the status decides.
      this.#state.counters.fail("classify", error);
    }
    this.#guarded("classify", () => finish(ended), undefined);
    this.#guarded("classify", () => this.#drop(clone), undefined);
  }

  /**
   * An unread clone would keep the whole body in memory for as long as the response lives. Nobody
   * waits for the end of it: half of a body that was split ends only when the other half does.
   */
  #drop({ body, bodyUsed }: Response): void {
    if (body === null || body.locked || bodyUsed) return;
    body.cancel().catch((error: unknown) => this.#state.counters.fail("classify", error));
  }
}

/** @throws TypeError when it is no known outcome, with or without a code. */
function readOutcome(said: Outcome | CallOutcome): CallOutcome {
  const { outcome, code } = typeof said === "string" ? { outcome: said } : said;
  if (outcomeCode(outcome) === undefined) throw new TypeError("it returned no known outcome");
  return typeof code === "number" ? { outcome, code } : { outcome };
}

const states = new WeakMap<object, ClientState>();

const MISSING = "the service binding is missing: check wrangler.toml";

/** Stands in for a binding that is missing from the Worker's configuration: everything fails. */
export const missingBinding: TachographBinding = {
  report: () => Promise.reject(new Error(MISSING)),
  permit: () => Promise.reject(new Error(MISSING)),
};

/**
 * The client for one request. What it records is kept per isolate and per `binding`, so this costs
 * two small objects and may be called on every request.
 *
 * @param binding - The service binding to Tachograph, whose `props` name the tenant.
 * @param context - The request's own context.
 * @param options - Those of the first call for `binding` in an isolate hold, no later ones.
 */
export function tachograph(
  binding: TachographBinding,
  context: WaitUntilContext,
  options: Partial<ClientOptions> = {},
): Tachograph {
  const known = states.get(binding);
  if (known !== undefined) return new Tachograph(known, context);
  const isObject = typeof binding === "function" || (typeof binding === "object" && !!binding);
  const key = isObject ? binding : missingBinding;
  const state = states.get(key) ?? new ClientState(key, options);
  states.set(key, state);
  return new Tachograph(state, context);
}
