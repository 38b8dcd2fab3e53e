import type { CallOutcome, Classifier } from "./classify.ts";
import type { TakeOptions } from "./take-result.ts";
import type { TraceRef } from "./trace/trace-ref.ts";

/** Anything that fetches: a service binding, or a stand-in for tests. */
export interface TimedFetcher {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

/** What a call needs of its target's limit. */
export interface FetchPermit extends TakeOptions {
  /** Default 1. */
  readonly permits?: number | undefined;
}

/**
 * What {@link Tachograph.fetch} takes beside the fields of `RequestInit`. A trace that is named here
 * is for the exemplar alone: no header is sent because of it.
 */
export interface TimedFetchInit extends Omit<RequestInit, "fetcher">, TraceRef {
  /**
   * Says how the call ended, for platforms that answer 200 with an error in the body. It gets a
   * clone and runs in `waitUntil`, after the caller has the response. A clone keeps in memory what
   * only one side has read: meant for answers of a few kilobytes. When it throws, answers nonsense
   * or takes too long, the status decides.
   */
  readonly classify?: Classifier;
  /**
   * Told how the call ended, once for each call that was made: the outcome that is recorded, and
   * the classifier's code. With `classify` that is after `fetch` has answered, at most
   * `classifyTimeoutMs` later; else before it answers or throws. So whoever needs both awaits the
   * response first and then this, as a promise, and no body is read twice.
   */
  readonly onOutcome?: (ended: CallOutcome) => void;
  /** Aborts the call, its body included, after this many milliseconds, with a `TimeoutError`. */
  readonly timeoutMs?: number;
  /** Fetches instead of the global `fetch`. */
  readonly fetcher?: TimedFetcher;
  /**
   * Takes this many permits of the target first, `true` for one. If they are denied the call is not
   * made, and `fetch` throws `PermitDenied`. Default: the call needs none.
   */
  readonly permit?: boolean | number | FetchPermit;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * `init` with a signal that aborts after `timeoutMs` and when the caller's own signals do.
 *
 * @throws RangeError when `timeoutMs` is not a positive number.
 */
export function withTimeout(
  input: RequestInfo | URL,
  init: RequestInit,
  timeoutMs: number,
): RequestInit {
  if (!(timeoutMs > 0)) throw new RangeError("timeoutMs must be a positive number of milliseconds");
  const signals = [AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), MAX_TIMEOUT_MS))];
  // A signal in `init` replaces the request's own, so that one must be joined in.
  const own = init.signal === undefined && input instanceof Request ? input.signal : init.signal;
  if (own !== undefined && own !== null) signals.push(own);
  return { ...init, signal: AbortSignal.any(signals) };
}
