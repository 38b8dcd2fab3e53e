import { type PlatformSignal, SLOW_FROM_PERCENT } from "../wire/permits.ts";

/** A platform that asks for longer is not believed: somebody would have to open the bucket again. */
export const MAX_CLOSED_MS = 86_400_000;

/** A refusal without a time closes for so long, doubled with every further one, up to the maximum. */
const FIRST_CLOSED_MS = 1_000;
const MAX_GUESSED_MS = 300_000;

/** How long a usage that slows is remembered: the refill is back at its full rate after it. */
const SLOW_MS = 60_000;

/** At which share of its rate a bucket refills when it has just opened, and when it is slowest. */
const LEAST_FACTOR = 0.1;

/** Opening takes as long as the closure took, within these bounds. */
const MIN_RAMP_MS = 5_000;
const MAX_RAMP_MS = 300_000;

/**
 * How the platform's own words change the refill: none before `fromMs`, then growing linearly from
 * `factor` of its rate to all of it at `toMs`.
 */
export interface LoopState {
  /** Until when the bucket is closed, and from when it refills again. */
  readonly fromMs: number;
  readonly toMs: number;
  /** 0 to 1. */
  readonly factor: number;
  /** Whether `fromMs` ends a closure; if not, the refill was only slowed. */
  readonly isClosure: boolean;
  /** Refusals in a row without full speed in between. */
  readonly strikes: number;
  /** Why, a sentence. */
  readonly reason: string;
}

/** At full speed, and never told anything else. */
export const OPEN: LoopState = {
  fromMs: 0,
  toMs: 0,
  factor: 1,
  isClosure: false,
  strikes: 0,
  reason: "",
};

/** Takes note of what a platform said; answers the same state if it changes nothing. */
export function heed(state: LoopState, signal: PlatformSignal, nowMs: number): LoopState {
  const usedPercent = signal.usedPercent ?? 0;
  if (signal.isLimited || usedPercent >= 100) return close(state, signal, nowMs);
  if (usedPercent < SLOW_FROM_PERCENT || isClosed(state, nowMs)) return state;
  const share = (100 - usedPercent) / (100 - SLOW_FROM_PERCENT);
  const factor = Math.max(LEAST_FACTOR, share);
  if (factor >= rateAt(state, nowMs)) return state;
  return {
    fromMs: nowMs,
    toMs: nowMs + SLOW_MS,
    factor,
    isClosure: false,
    strikes: nowMs < state.toMs ? state.strikes : 0,
    reason: `the platform said that ${Math.round(usedPercent)} % of its limit is used`,
  };
}

/** Whether nothing may be granted. */
export function isClosed(state: LoopState, nowMs: number): boolean {
  return state.isClosure && nowMs < state.fromMs;
}

/** At which share of the configured rate it refills, 0 to 1. */
export function rateAt(state: LoopState, nowMs: number): number {
  if (nowMs >= state.toMs) return 1;
  if (nowMs < state.fromMs) return 0;
  const share = (nowMs - state.fromMs) / (state.toMs - state.fromMs);
  return state.factor + (1 - state.factor) * share;
}

/** The integral of {@link rateAt} over [fromMs, toMs), in milliseconds. */
export function effectiveMs(state: LoopState, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return 0;
  if (fromMs >= state.toMs) return toMs - fromMs;
  const { factor } = state;
  const lengthMs = state.toMs - state.fromMs;
  const integral = (atMs: number): number => {
    const x = Math.min(Math.max(atMs - state.fromMs, 0), lengthMs);
    return factor * x + ((1 - factor) * x * x) / (2 * lengthMs);
  };
  const inRampMs = lengthMs > 0 ? integral(toMs) - integral(fromMs) : 0;
  return inRampMs + Math.max(0, toMs - Math.max(fromMs, state.toMs));
}

/** How long from `nowMs` until `neededMs` of full refill have passed. Inverts {@link effectiveMs}. */
export function waitMs(state: LoopState, nowMs: number, neededMs: number): number {
  if (neededMs <= 0) return Math.max(0, isClosed(state, nowMs) ? state.fromMs - nowMs : 0);
  if (nowMs >= state.toMs) return neededMs;
  const untilOpenMs = Math.max(0, state.fromMs - nowMs);
  const startMs = Math.max(nowMs, state.fromMs);
  const inRampMs = effectiveMs(state, startMs, state.toMs);
  if (neededMs >= inRampMs) return state.toMs - nowMs + (neededMs - inRampMs);
  // Within the ramp: rate·x + slope·x²/2 = needed, with the rate that it has at the start.
  const rate = rateAt(state, startMs);
  const slope = (1 - state.factor) / (state.toMs - state.fromMs);
  return untilOpenMs + (Math.sqrt(rate * rate + 2 * slope * neededMs) - rate) / slope;
}

/** The same for a clock that was set back: what is left of a closure or of a ramp stays the same. */
export function setBack(state: LoopState, byMs: number): LoopState {
  const fromMs = Math.max(0, state.fromMs - byMs);
  return { ...state, fromMs, toMs: Math.max(fromMs, state.toMs - byMs) };
}

function close(state: LoopState, signal: PlatformSignal, nowMs: number): LoopState {
  const isStill = isClosed(state, nowMs);
  // Calls that were under way when it closed say again what is known: that is no further strike.
  const strikes = isStill ? state.strikes : nowMs < state.toMs ? state.strikes + 1 : 1;
  const guessedMs = Math.min(MAX_GUESSED_MS, FIRST_CLOSED_MS * 2 ** Math.min(strikes - 1, 20));
  const askedMs = signal.retryAfterMs ?? (isStill ? 0 : guessedMs);
  const leastMs = isStill ? 0 : FIRST_CLOSED_MS;
  const closedMs = Math.ceil(Math.min(MAX_CLOSED_MS, Math.max(askedMs, leastMs)));
  const fromMs = nowMs + closedMs;
  if (isStill && fromMs <= state.fromMs) return state;
  const rampMs = Math.min(MAX_RAMP_MS, Math.max(MIN_RAMP_MS, closedMs));
  const reason = reasonOf(signal, askedMs);
  return { fromMs, toMs: fromMs + rampMs, factor: LEAST_FACTOR, isClosure: true, strikes, reason };
}

function reasonOf(signal: PlatformSignal, askedMs: number): string {
  const { status, code, retryAfterMs, usedPercent } = signal;
  const what =
    usedPercent !== undefined && usedPercent >= 100
      ? `said that ${Math.round(usedPercent)} % of its limit is used`
      : `answered ${status}${code === undefined ? "" : ` with code ${code}`}`;
  const seconds = Math.max(0, Math.ceil(askedMs / 1_000));
  if (retryAfterMs === undefined) return `the platform ${what} and gave no time: ${seconds} s`;
  const cut = askedMs > MAX_CLOSED_MS ? `, of which ${MAX_CLOSED_MS / 1_000} s are kept` : "";
  return `the platform ${what} and asked to wait for ${seconds} s${cut}`;
}
