import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertEngine } from "../../../src/alerts/alert-engine.ts";
import type { SeriesFacts } from "../../../src/alerts/facts.ts";
import type { NoDataPolicy, Rule } from "../../../src/alerts/rule.ts";
import { MemoryAlertStore } from "../memory-alert-store.ts";
import { ruleExample, seriesOf } from "./series-facts.ts";
import { LOOKBACK_S, type Sample, type Timeline } from "./timelines.ts";

/** An alert at one evaluation. */
export interface TimelineAlert {
  readonly target: string;
  readonly state: "pending" | "firing" | "nodata";
  /** Since when its condition holds, seconds since the timeline's beginning. */
  readonly sinceS: number;
}

/** How a timeline is put to the engine. None of it may make a difference. */
export interface RunVariant {
  /** Whether a series without data is left out, as if it had left memory, or has empty windows. */
  readonly leavesOut: boolean;
  /** Whether the engine is built anew for each evaluation, of what was stored. */
  readonly isRebuilt: boolean;
}

export const RUN_VARIANTS: readonly RunVariant[] = [
  { leavesOut: false, isRebuilt: false },
  { leavesOut: true, isRebuilt: false },
  { leavesOut: false, isRebuilt: true },
  { leavesOut: true, isRebuilt: true },
];

const BEGIN_MS = Date.UTC(2026, 10, 20, 9);

/** The alerts at each evaluation of a timeline, in the order of their targets. */
export function runTimeline(
  timeline: Timeline,
  variant: RunVariant,
  noData: NoDataPolicy = "ok",
  noDataHoldS = 3_600,
): TimelineAlert[][] {
  const rules = [ruleOf(timeline, noData)];
  const policy = { routes: [], repeatCriticalMs: 300_000, repeatMs: 14_400_000 };
  const options = { rules, policy, noDataHoldMs: noDataHoldS * 1_000 };
  const store = new MemoryAlertStore();
  let engine = new AlertEngine(options, store.load());
  return Array.from({ length: stepCount(timeline) }, (_, step) => {
    const nowMs = BEGIN_MS + step * timeline.intervalS * 1_000;
    const result = engine.evaluate({ nowMs, series: seriesAt(timeline, step, variant) });
    if (!result.isEmpty) store.commit(result.commit);
    if (variant.isRebuilt) engine = new AlertEngine(options, store.load());
    else engine.accept(result, nowMs);
    return [...engine.alerts].map(toTimelineAlert).toSorted(byTarget);
  });
}

export function stepCount({ series }: Timeline): number {
  return Math.max(...Object.values(series).map(({ length }) => length));
}

/** One letter for each evaluation of a timeline's only series: see `HoldTimeline`. */
export function letters(steps: readonly (readonly TimelineAlert[])[]): string {
  const LETTERS = { pending: "p", firing: "F", nodata: "N" };
  return steps.map(([alert]) => (alert === undefined ? "-" : LETTERS[alert.state])).join("");
}

function ruleOf({ rule }: Timeline, noData: NoDataPolicy): Rule {
  const { comparison, threshold, forS, keepFiringForS } = rule;
  return ruleExample({
    comparison,
    threshold,
    recoveryThreshold: rule.recoveryThreshold ?? threshold,
    forMs: forS * 1_000,
    keepFiringForMs: keepFiringForS * 1_000,
    noData,
  });
}

function seriesAt(timeline: Timeline, step: number, { leavesOut }: RunVariant): SeriesFacts[] {
  return Object.entries(timeline.series).flatMap(([target, samples]) => {
    const value = seenAt(samples, step, timeline.intervalS);
    return value === null && leavesOut ? [] : [seriesOf(target, value)];
  });
}

/** The value that is seen at an evaluation: the newest, unless it is too old or the series ended. */
function seenAt(samples: readonly Sample[], step: number, intervalS: number): number | null {
  const at = samples.findLastIndex((sample, index) => index <= step && sample !== "_");
  const sample = samples[at];
  if (sample === undefined || sample === "stale" || sample === "_") return null;
  const ageS = (step - at) * intervalS;
  // Whether a value of exactly this age is seen changed from Prometheus 2 to 3.
  if (ageS === LOOKBACK_S)
    throw new Error("a timeline must not depend on the edge of the lookback");
  return ageS < LOOKBACK_S ? sample : null;
}

function toTimelineAlert({ target, state, since }: Alert): TimelineAlert {
  if (state === "resolved") throw new Error("an alert that ended is still kept");
  return { target, state, sinceS: (since - BEGIN_MS) / 1_000 };
}

function byTarget(one: TimelineAlert, other: TimelineAlert): number {
  return one.target < other.target ? -1 : 1;
}
