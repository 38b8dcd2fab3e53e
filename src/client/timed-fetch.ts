import type { Classifier } from "./classify.ts";

/** Anything that fetches: a service binding, or a stand-in for tests. */
export interface TimedFetcher {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

/** What {@link Tachograph.fetch} takes beside the fields of `RequestInit`. */
export interface TimedFetchInit extends Omit<RequestInit, "fetcher"> {
  /**
   * Says how the call ended, for platforms that answer 200 with an error in the body. It gets a
   * clone and runs in `waitUntil`, after the caller has the response. A clone keeps in memory what
   * only one side has read: meant for answers of a few kilobytes. When it throws, answers nonsense
   * or takes too long, the status decides.
   */
  readonly classify?: Classifier;
  /** Aborts the call, its body included, after this many milliseconds, with a `TimeoutError`. */
  readonly timeoutMs?: number;
  /** Fetches instead of the global `fetch`. */
  readonly fetcher?: TimedFetcher;
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
