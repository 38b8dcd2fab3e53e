import { MAX_WAIT_MS } from "../wire/permits.ts";
import { type LoopState, waitMs } from "./closed-loop.ts";
import type { LimitRule } from "./limit-rule.ts";
import { unitsPerMs } from "./token-bucket.ts";

/** When to look again where only somebody's decision changes anything. */
const RECHECK_MS = 60_000;

/** How long until so many units more are there, in whole milliseconds; at most a day. */
export function refillWaitMs(
  missingUnits: number,
  rule: LimitRule,
  loop: LoopState,
  nowMs: number,
): number {
  const perMs = unitsPerMs(rule);
  if (rule.capacity === 0) return RECHECK_MS;
  if (missingUnits > 0 && perMs === 0) return RECHECK_MS;
  const neededMs = missingUnits <= 0 ? 0 : missingUnits / perMs;
  return Math.min(MAX_WAIT_MS, Math.ceil(waitMs(loop, nowMs, neededMs)));
}
