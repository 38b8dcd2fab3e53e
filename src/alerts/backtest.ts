import type { Aggregate } from "../histogram/aggregate.ts";
import { RollingWindow } from "../histogram/rolling-window.ts";
import { MinuteCounts } from "../merge/minute-counts.ts";
import type { WindowName } from "../merge/series-state.ts";
import { DAY_MS, MINUTE_MS, startOf } from "../merge/slot-time.ts";
import { WINDOW_LENGTHS_MS } from "../merge/window-lengths.ts";
import { windowFacts } from "../merge/window-facts.ts";
import { WHOLE_TARGET } from "../names.ts";
import { failedOf } from "../outcome.ts";
import type { TargetKind } from "../target-kind.ts";
import type { AlertState, Transition } from "./alert.ts";
import { AlertEngine } from "./alert-engine.ts";
import type { SeriesFacts } from "./facts.ts";
import { lookbackOf, METRICS } from "./metrics.ts";
import type { Rule } from "./rule.ts";

/** Most transitions that are told; further ones are counted. */
export const MAX_TRANSITIONS = 10_000;

/** One series as history has it, by the minute. */
export interface BacktestSeries {
  readonly target: string;
  readonly operation: string;
  readonly kind: TargetKind;
  /** By the start of the minute, from {@link backtestLookbackMs} before `from` on. */
  readonly minutes: ReadonlyMap<number, Aggregate>;
  /** When the target's first timing ever was; null for none. */
  readonly firstSeenAt: number | null;
}

export interface BacktestOptions {
  readonly rule: Rule;
  readonly series: readonly BacktestSeries[];
  /** Start of the first minute that is evaluated, epoch milliseconds. */
  readonly from: number;
  /** End of the last one. */
  readonly to: number;
  readonly noDataHoldMs: number;
}

/** What became of an alert at one minute's end. */
export interface BacktestTransition {
  readonly at: number;
  readonly target: string;
  readonly operation: string;
  readonly state: AlertState | "inactive";
  readonly value: number | null;
}

export interface BacktestResult {
  readonly transitions: readonly BacktestTransition[];
  /** How often an alert began to fire. */
  readonly firings: number;
  /** Transitions beyond {@link MAX_TRANSITIONS}. */
  readonly omitted: number;
  /** Minutes that were evaluated. */
  readonly evaluations: number;
}

/** How much history before `from` a rule looks back on, milliseconds. */
export function backtestLookbackMs({ measure }: Rule): number {
  return lookbackOf(measure);
}

/** Why a rule cannot be tried on history, or undefined. */
export function backtestProblem({ measure: { metric } }: Rule): string | undefined {
  return METRICS[metric].backtestProblem;
}

/**
 * Runs a rule over stored minutes with the evaluation and the state machine that run live, once at
 * the end of each minute. Live they run at every tick: a transition may come up to a minute sooner
 * there, and what begins and ends within one minute is not seen here.
 */
export function backtest(options: BacktestOptions): BacktestResult {
  const { rule, noDataHoldMs } = options;
  const engine = new AlertEngine(
    {
      rules: [rule],
      policy: { routes: [], repeatCriticalMs: DAY_MS, repeatMs: DAY_MS },
      noDataHoldMs,
    },
    { alerts: [], nextNumber: 1, silences: [] },
  );
  const firstMinute = startOf(options.from, MINUTE_MS);
  const replays = options.series.map((series) => new Replay(series, rule, firstMinute));
  const transitions: BacktestTransition[] = [];
  let [firings, omitted, evaluations] = [0, 0, 0];
  for (let minute = firstMinute; minute + MINUTE_MS <= options.to; minute += MINUTE_MS) {
    const nowMs = minute + MINUTE_MS;
    const facts = { nowMs, series: replays.map((replay) => replay.factsAt(minute)) };
    const result = engine.evaluate(facts);
    engine.accept(result, nowMs);
    evaluations += 1;
    for (const transition of result.transitions) {
      if (isFiring(transition)) firings += 1;
      if (transitions.length < MAX_TRANSITIONS) transitions.push(toBody(transition));
      else omitted += 1;
    }
  }
  return { transitions, firings, omitted, evaluations };
}

/** An alert that comes back from missing data is the same incident. */
function isFiring({ from, to }: Transition): boolean {
  return to === "firing" && from !== "nodata";
}

function toBody({ at, to, alert }: Transition): BacktestTransition {
  const { target, operation, value } = alert;
  return { at, target, operation, state: to, value };
}

/** One series of the past, minute after minute. */
class Replay {
  readonly #series: BacktestSeries;
  readonly #windows: Readonly<Record<WindowName, RollingWindow>> = {
    "1m": new RollingWindow(WINDOW_LENGTHS_MS["1m"], MINUTE_MS),
    "5m": new RollingWindow(WINDOW_LENGTHS_MS["5m"], MINUTE_MS),
    "1h": new RollingWindow(WINDOW_LENGTHS_MS["1h"], MINUTE_MS),
  };
  readonly #counts: MinuteCounts | undefined;

  constructor(series: BacktestSeries, rule: Rule, firstMinute: number) {
    this.#series = series;
    if (series.operation !== WHOLE_TARGET) return;
    const { target, firstSeenAt } = series;
    const seen = firstSeenAt === null ? [] : [{ target, at: firstSeenAt }];
    const start = firstMinute - backtestLookbackMs(rule);
    this.#counts = new MinuteCounts([], seen, start);
    for (let minute = startOf(start, MINUTE_MS); minute < firstMinute; minute += MINUTE_MS) {
      this.#count(minute);
    }
  }

  /** What was known at the end of a minute; minutes are asked for in order. */
  factsAt(minute: number): SeriesFacts {
    this.#count(minute);
    const { target, operation, kind, minutes } = this.#series;
    const counts = this.#counts;
    const nowMs = minute + MINUTE_MS;
    return {
      target,
      operation,
      kind,
      window: (name) => {
        const window = this.#windows[name];
        window.advance(minute, (at) => minutes.get(at));
        return windowFacts(window);
      },
      minutes:
        counts === undefined
          ? undefined
          : {
              sum: (windowMs) => counts.sum(target, windowMs),
              dailyMeanPerMinute: () => counts.dailyMeanPerMinute(target),
              lastTimingAt: () => counts.lastTimingAt(target, nowMs),
            },
      isPartial: false,
      errorStreak: undefined,
    };
  }

  #count(minute: number): void {
    this.#counts?.advance(minute);
    const aggregate = this.#series.minutes.get(minute);
    if (aggregate === undefined) return;
    const { count, outcomes } = aggregate;
    this.#counts?.add(this.#series.target, minute, { count, failed: failedOf(outcomes) });
  }
}
