import { outcomeCode } from "../outcome.ts";
import type { Outcome } from "../outcome.ts";
import type { TachographBinding } from "../wire/report.ts";
import { classifyError, classifyStatus } from "./classify.ts";
import type { Classifier } from "./classify.ts";
import type { ClientStats } from "./client-counters.ts";
import type { ClientOptions } from "./client-options.ts";
import { ClientState } from "./client-state.ts";
import { RequestScope } from "./request-scope.ts";
import type { WaitUntilContext } from "./request-scope.ts";
import { withTimeout } from "./timed-fetch.ts";
import type { TimedFetchInit } from "./timed-fetch.ts";
import { withinDeadline } from "./within-deadline.ts";

/**
 * Records how long calls take, on behalf of one request. Nothing here throws or waits on our
 * account: what goes wrong is counted in {@link Tachograph.stats}.
 */
export class Tachograph {
  readonly #state: ClientState;
  readonly #scope: RequestScope;

  constructor(state: ClientState, context: WaitUntilContext) {
    this.#state = state;
    this.#scope = new RequestScope(context);
  }

  /**
   * Records a call that has just ended.
   *
   * @param target - What was called, for example `meta`. A name: `[a-z0-9][a-z0-9_.:-]{0,63}`.
   * @param operation - What was done there, for example `events`. A name.
   * @param durationMs - Milliseconds, 0 to 600,000, decimals allowed; kept to the microsecond.
   * @param outcome - Default `ok`.
   */
  record(target: string, operation: string, durationMs: number, outcome: Outcome = "ok"): void {
    this.#recordAt(target, operation, durationMs, outcome, this.#now());
  }

  /**
   * Times `call` until its promise is settled: `ok`, or `timeout` when it throws an `AbortError` or
   * a `TimeoutError`, or else `error`. In a deployed Worker the clock moves only across I/O, so a
   * call that does none takes 0 ms.
   *
   * @returns What `call` returns.
   * @throws What `call` throws.
   */
  async time<Value>(
    target: string,
    operation: string,
    call: () => Value | PromiseLike<Value>,
  ): Promise<Value> {
    const startedAt = this.#readStopwatch();
    try {
      const value = await call();
      this.#recordSince(startedAt, target, operation, "ok");
      return value;
    } catch (error) {
      this.#recordSince(startedAt, target, operation, this.#outcomeOf(error));
      throw error;
    }
  }

  /**
   * Fetches and times until the response's headers are here; the body may still be on its way. The
   * outcome is that of {@link classifyStatus}, or what `init.classify` says, or of
   * {@link classifyError} when there is no response.
   *
   * @param request - Whatever the global `fetch` takes.
   * @param init - The fields of `RequestInit` and those of {@link TimedFetchInit}.
   * @returns The response, untouched.
   * @throws What `fetch` throws: the caller's abort, our `timeoutMs` as a `TimeoutError`, or a
   * failure of the network.
   */
  async fetch(
    target: string,
    operation: string,
    request: RequestInfo | URL,
    init: TimedFetchInit = {},
  ): Promise<Response> {
    const { classify, timeoutMs, fetcher, ...plainInit } = init;
    const fetchInit = this.#limited(request, plainInit, timeoutMs);
    const startedAt = this.#readStopwatch();
    let response: Response;
    try {
      const calling = fetcher ?? globalThis;
      response = await (fetchInit === undefined
        ? calling.fetch(request)
        : calling.fetch(request, fetchInit));
    } catch (error) {
      this.#recordSince(startedAt, target, operation, this.#outcomeOf(error));
      throw error;
    }
    const durationMs = this.#elapsedMs(startedAt);
    const at = this.#now();
    const finish = (outcome: Outcome): void =>
      this.#recordAt(target, operation, durationMs, outcome, at);
    if (classify === undefined) finish(classifyStatus(response.status));
    else this.#classifyLater(response, classify, finish);
    return response;
  }

  /**
   * Waits for this request's classifiers, sends everything that is buffered, whatever interval or
   * backoff is running, and waits for the answers (at most a few times `reportTimeoutMs`). For
   * handlers that end, such as `queue` and `scheduled`, and for tests. What another request has
   * under way is that request's to finish.
   */
  async flush(): Promise<void> {
    try {
      await this.#state.flush(this.#scope);
    } catch (error) {
      this.#state.counters.fail("flush", error);
    }
  }

  /** What became of every timing of this isolate so far. */
  stats(): ClientStats {
    return this.#state.stats();
  }

  #recordAt(
    target: string,
    operation: string,
    durationMs: number,
    outcome: Outcome,
    at: number,
  ): void {
    try {
      this.#state.record(this.#scope, target, operation, durationMs, outcome, at);
    } catch (error) {
      this.#state.counters.fail("record", error);
    }
  }

  #recordSince(startedAt: number, target: string, operation: string, outcome: Outcome): void {
    this.#recordAt(target, operation, this.#elapsedMs(startedAt), outcome, this.#now());
  }

  /** A clock that was set back meanwhile must not make a call's duration negative. */
  #elapsedMs(startedAt: number): number {
    return Math.max(0, this.#readStopwatch() - startedAt);
  }

  #readStopwatch(): number {
    return this.#guarded("stopwatch", this.#state.options.stopwatch, Number.NaN);
  }

  #now(): number {
    return this.#guarded("clock", this.#state.options.clock, Number.NaN);
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
    finish: (outcome: Outcome) => void,
  ): void {
    const clone = this.#guarded("classify", () => response.clone(), undefined);
    if (clone === undefined) return finish(classifyStatus(response.status));
    const work = this.#classify(clone, classify, finish);
    this.#scope.track(work);
    this.#guarded("ctx.waitUntil", () => this.#scope.keepAlive(work), undefined);
  }

  /** Never rejects. */
  async #classify(
    clone: Response,
    classify: Classifier,
    finish: (outcome: Outcome) => void,
  ): Promise<void> {
    let outcome = classifyStatus(clone.status);
    const ask = async (): Promise<void> => {
      try {
        const said = await classify(clone);
        if (said === undefined) return;
        if (outcomeCode(said) === undefined) throw new TypeError("it returned no known outcome");
        outcome = said;
      } catch (error) {
        this.#state.counters.fail("classify", error);
      }
    };
    const { classifyTimeoutMs, timer } = this.#state.options;
    try {
      if (!(await withinDeadline(ask(), classifyTimeoutMs, timer))) {
        this.#state.counters.fail("classify", `no outcome within ${classifyTimeoutMs} ms`);
      }
      finish(outcome);
      // An unread clone would keep the whole body in memory for as long as the response lives.
      if (clone.body !== null && !clone.body.locked && !clone.bodyUsed) await clone.body.cancel();
    } catch (error) {
      this.#state.counters.fail("classify", error);
    }
  }
}

const states = new WeakMap<object, ClientState>();

/** Stands in for a binding that is missing from the Worker's configuration: every report fails. */
const missingBinding: TachographBinding = {
  report: () => Promise.reject(new Error("the service binding is missing: check wrangler.toml")),
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
