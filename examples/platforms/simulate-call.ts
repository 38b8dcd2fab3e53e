import type { Admission } from "./admission.ts";
import type { Answer, Verdict } from "./answer.ts";
import { ANSWER_SHAPES, OUTAGE_ANSWER } from "./answer-shapes.ts";
import { latencyMs } from "./latency-model.ts";
import type { Platform } from "./platform.ts";
import type { Settings } from "./settings.ts";

/** Longer than any caller waits. */
export const HANG_MS = 35_000;

/** What happens to one call: after `delayMs` it gets `answer`. */
export interface SimulatedCall {
  readonly delayMs: number;
  readonly answer: Answer;
  /** Whether the platform takes its events. What hangs never got as far. */
  readonly isAccepted: boolean;
}

/** One call as it arrives. */
export interface IncomingCall {
  readonly platform: Platform;
  /** Events in it, or undefined when the body is not of the endpoint's shape. */
  readonly events: number | undefined;
}

/**
 * Decides what becomes of a call. In order: an outage, a call that hangs, the rate limit, a bad
 * body, a failure of the platform, success.
 *
 * @param random gives uniform numbers from 0 to below 1; it is drawn from the same number of times
 *   for every call, so that a seed replays a run whatever the settings.
 */
export function simulateCall(
  call: IncomingCall,
  settings: Settings,
  admission: Admission,
  random: () => number,
): SimulatedCall {
  const [forLatency, forHang, forError, forTrace] = [random(), random(), random(), random()];
  const drawnMs = latencyMs(settings, forLatency);
  if (settings.outage) return { delayMs: drawnMs, answer: OUTAGE_ANSWER, isAccepted: false };
  const verdict = verdictOf(call, admission, forError < settings.errorRate);
  const answer = ANSWER_SHAPES[call.platform](verdict, {
    events: call.events ?? 0,
    usedPercent: admission.usedPercent,
    limit: admission.limit,
    remaining: admission.remaining,
    resetSeconds: Math.ceil(admission.resetMs / 1_000),
    traceId: `A${Math.floor(forTrace * 2 ** 52).toString(36)}`,
  });
  if (forHang < settings.timeoutRate) return { delayMs: HANG_MS, answer, isAccepted: false };
  // The limit is checked at the door, before the work that takes the time.
  const delayMs = verdict === "rate_limited" ? Math.min(drawnMs, settings.medianMs) / 4 : drawnMs;
  return { delayMs, answer, isAccepted: verdict === "ok" };
}

function verdictOf(call: IncomingCall, admission: Admission, fails: boolean): Verdict {
  if (!admission.admitted) return "rate_limited";
  if (call.events === undefined) return "invalid";
  return fails ? "error" : "ok";
}
