import type { Facts, MinuteFacts, SeriesFacts, WindowFacts } from "../alerts/facts.ts";
import type { MinuteCounts } from "../merge/minute-counts.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { TenantState } from "../merge/tenant-state.ts";
import { windowFacts } from "../merge/window-facts.ts";
import { WHOLE_TARGET } from "../names.ts";
import type { TargetKind } from "../target-kind.ts";

export interface FactsOptions {
  readonly kindOf: (target: string) => TargetKind;
  readonly nowMs: number;
  /** The longest run of errors of each target since the last look. */
  readonly errorStreaks: ReadonlyMap<string, number>;
  /** Targets of which a shard did not answer. */
  readonly partialTargets: ReadonlySet<string>;
}

/**
 * A tenant's merged state as rules see it. A target that has left memory, as one that has had no
 * timing for an hour, is still among the whole targets as long as its minutes are known.
 */
export function alertFacts(state: TenantState, options: FactsOptions): Facts {
  return { nowMs: options.nowMs, series: seriesOf(state, options) };
}

function* seriesOf(state: TenantState, options: FactsOptions): Iterable<SeriesFacts> {
  const { kindOf, errorStreaks, partialTargets, nowMs } = options;
  const unseen = new Set(state.minuteCounts.targets);
  for (const { name, state: series } of state.series) {
    const { target, operation } = name;
    const isWhole = operation === WHOLE_TARGET;
    if (isWhole) unseen.delete(target);
    yield {
      target,
      operation,
      kind: kindOf(target),
      window: (window: WindowName) => windowFacts(series.windows[window]),
      minutes: isWhole ? minuteFacts(state.minuteCounts, target, nowMs) : undefined,
      isPartial: partialTargets.has(target),
      errorStreak: isWhole ? errorStreaks.get(target) : undefined,
    };
  }
  for (const target of unseen) {
    yield {
      target,
      operation: WHOLE_TARGET,
      kind: kindOf(target),
      window: () => EMPTY_WINDOW,
      minutes: minuteFacts(state.minuteCounts, target, nowMs),
      isPartial: partialTargets.has(target),
      errorStreak: errorStreaks.get(target),
    };
  }
}

const EMPTY_WINDOW: WindowFacts = {
  count: 0,
  error: 0,
  timeout: 0,
  rateLimited: 0,
  hit: 0,
  miss: 0,
  meanMs: null,
  percentileMs: () => null,
  measures: {},
};

function minuteFacts(counts: MinuteCounts, target: string, nowMs: number): MinuteFacts {
  return {
    sum: (windowMs) => counts.sum(target, windowMs),
    dailyMeanPerMinute: () => counts.dailyMeanPerMinute(target),
    lastTimingAt: () => counts.lastTimingAt(target, nowMs),
  };
}
