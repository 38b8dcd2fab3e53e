import type { Admission } from "./admission.ts";
import { admit, EMPTY_WINDOW, type FixedWindow } from "./fixed-window.ts";
import { type BucketLevel, type BucketRule, fullBucket, refilled, take } from "./strict-bucket.ts";

/** How a platform limits its calls. */
export interface GateRule {
  readonly limitPerMinute: number;
  /** Calls that a token bucket lets through at once; null for a fixed window of a minute. */
  readonly burst: number | null;
}

/** All that a platform remembers of the calls that came. */
export interface GateState {
  /** Calls let through in this minute, whatever the rule. */
  readonly window: FixedWindow;
  /** Null as long as no bucket is used: the next one begins full. */
  readonly bucket: BucketLevel | null;
  /** Calls that the limit let through since the counts were last cleared. */
  readonly admitted: number;
  /** Calls that the limit refused since then. */
  readonly refused: number;
}

export const NEW_GATE: GateState = {
  window: EMPTY_WINDOW,
  bucket: null,
  admitted: 0,
  refused: 0,
};

/** Lets one call through at `now`, or refuses it, and counts it either way. */
export function passGate(
  state: GateState,
  rule: GateRule,
  now: number,
): { readonly state: GateState; readonly admission: Admission } {
  const { limits, admission } = decide(state, rule, now);
  const admitted = state.admitted + (admission.admitted ? 1 : 0);
  const refused = state.refused + (admission.admitted ? 0 : 1);
  return { state: { ...limits, admitted, refused }, admission };
}

/**
 * The gate under another rule from `now` on: what came back until then came back at the old rate,
 * and a bucket that is new begins full.
 */
export function changeRule(
  state: GateState,
  before: GateRule,
  after: GateRule,
  now: number,
): GateState {
  const rule = bucketRule(before);
  if (rule === undefined || after.burst === null) return { ...state, bucket: null };
  return { ...state, bucket: refilled(state.bucket ?? fullBucket(rule, now), rule, now) };
}

/** Calls that would be let through at once at `now`. */
export function roomOf(state: GateState, rule: GateRule, now: number): number {
  const { admission } = decide(state, rule, now);
  return admission.remaining + (admission.admitted ? 1 : 0);
}

function decide(
  state: GateState,
  rule: GateRule,
  now: number,
): { readonly limits: Pick<GateState, "window" | "bucket">; readonly admission: Admission } {
  const bucket = bucketRule(rule);
  if (bucket === undefined) {
    const { window, admission } = admit(state.window, rule.limitPerMinute, now);
    return { limits: { window, bucket: null }, admission };
  }
  const { level, admission } = take(state.bucket ?? fullBucket(bucket, now), bucket, now);
  // Only counts here: without a limit for a call that the bucket let through, else with one of 0.
  const limit = admission.admitted ? Number.MAX_SAFE_INTEGER : 0;
  const { window } = admit(state.window, limit, now);
  return { limits: { window, bucket: level }, admission };
}

function bucketRule({ limitPerMinute, burst }: GateRule): BucketRule | undefined {
  return burst === null ? undefined : { limitPerMinute, burst };
}
