import type { Wait } from "./dispatch-store.ts";

/** How far a clock may go back without being held for one that was set. Objects may move between machines. */
const TOLERANCE_MS = 1_000;

/** A wait from now on. */
export function waitFor(nowMs: number, durationMs: number): Wait {
  return { from: nowMs, until: nowMs + durationMs };
}

/** The same wait, begun again if the clock went back before its beginning. */
export function atClock(wait: Wait, nowMs: number): Wait {
  if (nowMs >= wait.from - TOLERANCE_MS) return wait;
  return waitFor(nowMs, wait.until - wait.from);
}

/** Whichever ends later. */
export function longer(left: Wait, right: Wait): Wait {
  return left.until >= right.until ? left : right;
}
