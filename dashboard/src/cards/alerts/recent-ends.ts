import { MINUTE_MS } from "../../../../src/merge/slot-time.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";

/** How long it is told that an alert ended. */
const KEPT_MS = 10 * MINUTE_MS;

/** Most series and rules of which it is remembered: what fires and ends in hundreds is no news. */
const MAX_KEPT = 50;

/** What a rule found on a series, and is over. */
export interface RecentEnd {
  /** As it was told last. */
  readonly alert: AlertView;
  /** Epoch milliseconds, as are all times here. */
  readonly endedAt: number;
  /** How often it fired and ended since `firstAt`. */
  readonly times: number;
  readonly firstAt: number;
}

/** By rule and series. */
export type RecentEnds = ReadonlyMap<string, RecentEnd>;

/**
 * Takes note of the alerts that fired and are gone. Who looks up a minute after an alert flickered
 * is to find what it was.
 *
 * @param before - every alert that was open, by its id.
 * @param after - those that are open now.
 */
export function noteEnds(
  ends: RecentEnds,
  before: ReadonlyMap<string, AlertView>,
  after: ReadonlyMap<string, AlertView>,
  nowMs: number,
): RecentEnds {
  const gone = [...before.values()].filter(
    ({ id, state }) => !after.has(id) && (state === "firing" || state === "nodata"),
  );
  const kept = new Map([...ends].filter(([, end]) => isRecent(end, nowMs)));
  if (gone.length === 0 && kept.size === ends.size) return ends;
  for (const alert of gone) {
    const key = keyOf(alert);
    const { times = 0, firstAt = alert.firedAt ?? alert.since } = kept.get(key) ?? {};
    // Again at the end: the map is in the order in which they ended.
    kept.delete(key);
    kept.set(key, { alert, endedAt: nowMs, times: times + 1, firstAt });
  }
  return new Map([...kept].slice(-MAX_KEPT));
}

/** Those of a moment ago, the newest first, but for what fires again. */
export function shownEnds(
  ends: RecentEnds,
  open: ReadonlyMap<string, AlertView>,
  nowMs: number,
): readonly RecentEnd[] {
  const again = new Set([...open.values()].filter(({ state }) => state === "firing").map(keyOf));
  return [...ends]
    .filter(([key, end]) => !again.has(key) && isRecent(end, nowMs))
    .map(([, end]) => end)
    .toReversed();
}

function isRecent({ endedAt }: RecentEnd, nowMs: number): boolean {
  // A clock that went back does not keep it for longer.
  return Math.abs(nowMs - endedAt) < KEPT_MS;
}

function keyOf({ rule, target, operation }: AlertView): string {
  return [rule, target, operation].join(" ");
}
