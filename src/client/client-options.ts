import type { Timer } from "./timer.ts";
import { startTimer } from "./timer.ts";
import type { UnreachablePolicy } from "./unreached-allowance.ts";

/**
 * What a client may be told. Every field has a default that suits production; the functions are
 * here so that tests own time and randomness.
 */
export interface ClientOptions {
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock: () => number;
  /** Milliseconds from any fixed point, to measure durations with. Default `performance.now`. */
  readonly stopwatch: () => number;
  /** Uniform in [0, 1), for the jitter between repeats. Default `Math.random`. */
  readonly random: () => number;
  /** Starts a timer. Default `setTimeout`. */
  readonly timer: Timer;
  /**
   * Names this isolate as a reporter; the name matches `NAME_PATTERN` and nobody else ever uses it.
   * Called once, inside a request. Default `iso-` and 16 random hexadecimal digits.
   */
  readonly reporter: () => string;
  /**
   * Most timings that this isolate holds, sent or not. Beyond it the newest are given up. Default
   * 20,000.
   */
  readonly maxBufferedTimings: number;
  /** Most targets of this isolate. Timings of further ones are refused. Default 64. */
  readonly maxTargets: number;
  /**
   * A target with this many unsent timings is reported at once, whatever the interval. Default
   * 1,000.
   */
  readonly flushAtTimings: number;
  /** How long to wait for an answer to a report. Default 5,000. */
  readonly reportTimeoutMs: number;
  /**
   * How long another request trusts a report to be under way. Longer than `reportTimeoutMs`: it
   * only matters when the request that sent the report died before its answer. Default 10,000.
   */
  readonly attemptExpiryMs: number;
  /**
   * An unacknowledged report is given up when its newest timing is older than this; the server
   * accepts nothing older than five minutes. Default 300,000.
   */
  readonly maxReportAgeMs: number;
  /** How long a classifier may take before the status alone decides. Default 5,000. */
  readonly classifyTimeoutMs: number;
  /**
   * How long a `take` waits for the limiter before it counts as unreachable. Only a `take` that the
   * leases at hand cannot decide waits at all. Default 2,000.
   */
  readonly permitTimeoutMs: number;
  /**
   * How long a question about what has become invalid, or an invalidation, may take before it is
   * given up. Lookups and callers wait less, see `CacheOptions`; what comes within this time is still
   * taken note of. Default 10,000.
   */
  readonly cacheFeedTimeoutMs: number;
  /**
   * How far ahead permits are leased: as many as were used of late in so many milliseconds. More
   * means fewer takes that wait, and more permits that lie idle here while others lack them.
   * Default 2,000.
   */
  readonly leaseAheadMs: number;
  /**
   * By target: what becomes of a `take` when the limiter cannot be reached. `deny`, or let through
   * at most so many permits in any minute in this isolate, `{ allowPerMinute: 60 }`. Either way the
   * ledger shows how many. Default `deny`.
   */
  readonly whenUnreachable: Readonly<Record<string, UnreachablePolicy>>;
  /**
   * Whether some timings are reported with the trace that they are of, as far as one is named: with
   * `record`, `time` or `fetch`, by the request's `traceparent` (`instrumentHandler`), or by
   * `followTrace`. A trace id leads to one person's request, so without this none leaves the Worker.
   * Default false.
   */
  readonly exemplars: boolean;
}

/** The defaults of {@link ClientOptions}. */
export const DEFAULT_CLIENT_OPTIONS: ClientOptions = {
  clock: () => Date.now(),
  stopwatch: () => performance.now(),
  random: () => Math.random(),
  timer: startTimer,
  reporter: randomReporter,
  maxBufferedTimings: 20_000,
  maxTargets: 64,
  flushAtTimings: 1_000,
  reportTimeoutMs: 5_000,
  attemptExpiryMs: 10_000,
  maxReportAgeMs: 300_000,
  classifyTimeoutMs: 5_000,
  permitTimeoutMs: 2_000,
  cacheFeedTimeoutMs: 10_000,
  leaseAheadMs: 2_000,
  whenUnreachable: {},
  exemplars: false,
};

/** `iso-` and 64 random bits. Workers forbid randomness outside a request, so it is called late. */
function randomReporter(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return `iso-${digits.join("")}`;
}
