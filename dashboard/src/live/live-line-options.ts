import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { LIVE_SPAN_MS } from "../range.ts";
import type { LiveTrailOptions } from "./live-trail.ts";

/** Frames that are further apart leave a stretch in which the page was not live. */
const QUIET_MS = 5_000;

/** Two a second for the whole span, where the server ticks so fast; else it has room for all. */
const MAX_POINTS = 2_000;

/** What every chart of the last minutes keeps, so that they can be read side by side. */
export function liveLineOptions(lineCount: number): LiveTrailOptions {
  return {
    lineCount,
    spanMs: LIVE_SPAN_MS,
    quietMs: QUIET_MS,
    maxPoints: MAX_POINTS,
    stepMs: MINUTE_MS,
  };
}
