import { compareText } from "../compare-text.ts";
import type {
  AlertFrame,
  AlertView,
  ContentFrame,
  LimitView,
  PillarViews,
  SeriesView,
  StreamCursor,
} from "./stream-frame.ts";

/** What the server has told so far. It is never changed: each frame makes another one. */
export interface LiveState {
  /** The latest snapshot or tick, at the place of the latest frame of any kind. */
  readonly latest: ContentFrame | undefined;
  /** Every series by {@link seriesKey}, the whole of a target before its operations. */
  readonly series: ReadonlyMap<string, SeriesView>;
  /** Every bucket by its target, in their order. */
  readonly limits: ReadonlyMap<string, LimitView>;
  /** Every alert that has not ended, by its id. */
  readonly alerts: ReadonlyMap<string, AlertView>;
  readonly pillars: PillarViews | undefined;
}

export const NOTHING_HEARD: LiveState = {
  latest: undefined,
  series: new Map(),
  limits: new Map(),
  alerts: new Map(),
  pillars: undefined,
};

/** Where to resume; undefined before the first frame. */
export function cursorOf({ latest }: LiveState): StreamCursor | undefined {
  return latest && { epoch: latest.epoch, seq: latest.seq };
}

/**
 * Takes in a snapshot, a tick, or a change of an alert.
 *
 * @param targets those of the subscription, all if absent: every subscriber is told of every change
 * of an alert, and only of its own targets otherwise.
 * @returns undefined if frames before this one are missing: only a snapshot helps then.
 */
export function takeFrame(
  state: LiveState,
  frame: ContentFrame | AlertFrame,
  targets?: readonly string[],
): LiveState | undefined {
  if (frame.type === "snapshot") return fromSnapshot(frame);
  const { latest } = state;
  if (latest?.epoch !== frame.epoch || frame.seq !== latest.seq + 1) return undefined;
  if (frame.type !== "alert") return withTick(state, frame);
  const isWanted = targets?.includes(frame.target) ?? true;
  return isWanted ? withAlert(state, latest, frame) : withSeq(state, latest, frame.seq);
}

/** One string per series, in whose order they are shown. */
export function seriesKey({ target, operation }: Pick<SeriesView, "target" | "operation">): string {
  // A space sorts before everything that a name may contain, so `meta` precedes `meta-ads`.
  return `${target} ${operation}`;
}

function fromSnapshot(frame: ContentFrame): LiveState {
  return {
    latest: frame,
    series: new Map(frame.series.map((view) => [seriesKey(view), view])),
    limits: new Map((frame.limits ?? []).map((view) => [view.target, view])),
    alerts: new Map((frame.alerts ?? []).map((alert) => [alert.id, alert])),
    pillars: frame.pillars,
  };
}

function withTick(state: LiveState, frame: ContentFrame): LiveState {
  const goneSeries = (frame.gone?.series ?? []).map((name) => seriesKey(name));
  return {
    latest: frame,
    series: merged(state.series, frame.series, seriesKey, goneSeries),
    limits: merged(
      state.limits,
      frame.limits ?? [],
      ({ target }) => target,
      frame.gone?.limits ?? [],
    ),
    alerts: merged(state.alerts, frame.alerts ?? [], ({ id }) => id, []),
    pillars: frame.pillars ?? state.pillars,
  };
}

function withAlert(state: LiveState, latest: ContentFrame, frame: AlertFrame): LiveState {
  const alerts = new Map(state.alerts);
  if (frame.state === "resolved") alerts.delete(frame.id);
  else alerts.set(frame.id, frame);
  return { ...withSeq(state, latest, frame.seq), alerts };
}

function withSeq(state: LiveState, latest: ContentFrame, seq: number): LiveState {
  return { ...state, latest: { ...latest, seq } };
}

/** The same map if nothing changed. */
function merged<View>(
  before: ReadonlyMap<string, View>,
  changed: readonly View[],
  keyOf: (view: View) => string,
  gone: readonly string[],
): ReadonlyMap<string, View> {
  if (changed.length === 0 && gone.length === 0) return before;
  const after = new Map(before);
  for (const view of changed) after.set(keyOf(view), view);
  const isOrderKept = after.size === before.size;
  for (const key of gone) after.delete(key);
  if (isOrderKept) return after;
  return new Map([...after].toSorted(([left], [right]) => compareText(left, right)));
}
