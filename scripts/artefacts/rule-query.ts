import { compares } from "../../src/alerts/judge.ts";
import type { Comparison, Metric, MetricName, Rule } from "../../src/alerts/rule.ts";
import { DAY_MS } from "../../src/merge/slot-time.ts";
import { WINDOW_LENGTHS_MS } from "../../src/merge/window-lengths.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import {
  callsGained,
  duration,
  eitherHistogram,
  type Matchers,
  matching,
  not,
  ON_OPERATION,
  ON_TARGET,
  selector,
} from "./promql.ts";

/** What a rule looks at, in PromQL over what `GET /metrics` exposes. */
export interface RuleQuery {
  /** Each has to be past the threshold; the first one is what is told. Seconds for milliseconds. */
  readonly values: readonly [string, ...string[]];
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly recoveryThreshold: number;
  /** How series are matched with each other: by target, or by operation as well. */
  readonly on: string;
  /** Vectors that need an element for a value to count: its least volume. */
  readonly needed: readonly string[];
  /** Vectors that need one for an alert to begin; one that fires goes on without. */
  readonly neededToBegin: readonly string[];
  /** Vectors without which one that fires goes on no longer. */
  readonly excluded: readonly string[];
  /** Vectors of which an element keeps an alert from beginning. */
  readonly excludedToBegin: readonly string[];
  /** Whether the value is worth telling. */
  readonly tellsValue: boolean;
  /** What is not quite as Tachograph itself has it. */
  readonly note?: string;
}

/** The least timings of a minute that say that a burst is over; as recent-value.ts has it. */
const MIN_RECENT_COUNT = 20;

/** As measure.ts has it. */
const MIN_BURNING_FAILURES = 10;

const FAILED = matching("error|timeout");

type Of<Name extends MetricName> = Rule & { readonly measure: Metric<Name> };

/**
 * A rule as a query. Latencies, rates of errors and hits are the windows' gauges, which are exact;
 * everything else is made of counters.
 * @throws RangeError for a percentile or a length of time that is not exposed
 */
export function ruleQuery(rule: Rule): RuleQuery {
  switch (rule.measure.metric) {
    case "latency":
    case "errorRate":
    case "hitRate":
      return ofGauge({ ...rule, measure: rule.measure });
    case "meanLatency":
    case "meanMeasure":
      return ofMean({ ...rule, measure: rule.measure });
    case "rateLimitedRate":
      return ofRateLimited({ ...rule, measure: rule.measure });
    case "consecutiveErrors":
      return ofOpenAlert(rule);
    case "throughput":
      return ofThroughput({ ...rule, measure: rule.measure });
    case "denialRate":
      return ofDenials({ ...rule, measure: rule.measure });
    case "noData":
      return ofSilence({ ...rule, measure: rule.measure });
    case "budgetBurn":
      return ofBudget({ ...rule, measure: rule.measure });
    case "lastMeasure":
      return ofNewest({ ...rule, measure: rule.measure });
    default:
      return rule.measure satisfies never;
  }
}

function base(rule: Rule, value: string, more: readonly string[] = []): RuleQuery {
  return {
    values: [value, ...more],
    comparison: rule.comparison,
    threshold: rule.threshold,
    recoveryThreshold: rule.recoveryThreshold,
    on: rule.scope.operations === "whole" ? ON_TARGET : ON_OPERATION,
    needed: [],
    neededToBegin: [],
    excluded: [],
    excludedToBegin: [],
    tellsValue: true,
  };
}

/** Thresholds of milliseconds as seconds. */
function inSeconds(query: RuleQuery): RuleQuery {
  const { threshold, recoveryThreshold } = query;
  return {
    ...query,
    threshold: threshold / 1_000,
    recoveryThreshold: recoveryThreshold / 1_000,
  };
}

function ofGauge(rule: Of<"latency" | "errorRate" | "hitRate">): RuleQuery {
  const { measure } = rule;
  if (measure.metric === "hitRate") mustBeWhole(rule);
  const gauge = (window: string): string => windowGauge(rule, measure, window);
  const volume = (window: string, least: number): string =>
    measure.metric === "hitRate"
      ? `${callsGained({ ...kindOf(rule), outcome: matching("hit|miss") }, window)} >= ${least}`
      : `${windowCalls(rule, window)} >= ${least}`;
  const query = base(rule, gauge(measure.window));
  const told = measure.metric === "latency" ? inSeconds(query) : query;
  return {
    ...told,
    needed: [volume(measure.window, rule.minCount)],
    excludedToBegin: overIn(told, gauge("1m"), volume("1m", recentCount(rule)), measure.window),
  };
}

function windowGauge(
  rule: Rule,
  measure: Metric<"latency" | "errorRate" | "hitRate">,
  window: string,
): string {
  const series = { ...scopeOf(rule), window };
  switch (measure.metric) {
    case "errorRate":
      return selector("tachograph_window_error_ratio", series);
    case "hitRate":
      return selector("tachograph_window_hit_ratio", series);
    case "latency":
      return selector("tachograph_window_latency_seconds", {
        ...series,
        percentile: percentileLabel(measure.percentile),
      });
    default:
      return measure satisfies never;
  }
}

const EXPOSED_PERCENTILES: ReadonlyMap<number, string> = new Map([
  [50, "p50"],
  [90, "p90"],
  [95, "p95"],
  [99, "p99"],
  [99.9, "p999"],
]);

function percentileLabel(percentile: number): string {
  const label = EXPOSED_PERCENTILES.get(percentile);
  if (label !== undefined) return label;
  const known = [...EXPOSED_PERCENTILES.keys()].join(", ");
  throw new RangeError(`percentile ${percentile} is not exposed, only ${known} are`);
}

function ofMean(rule: Of<"meanLatency" | "meanMeasure">): RuleQuery {
  const { measure } = rule;
  const mean = (window: string): string => {
    if (measure.metric === "meanLatency") return meanDuration(rule, window);
    if (measure.measure !== "waitMs" && measure.measure !== "sqlMs")
      throw new RangeError(`there is no query for a mean of ${measure.measure} yet`);
    mustBeWhole(rule);
    const name = measure.measure === "waitMs" ? "wait" : "sql";
    const sum = selector(`tachograph_${name}_seconds_total`, kindOf(rule));
    return `sum without (operation) (increase(${sum}[${window}]))\n  / ${callsGained(kindOf(rule), window)}`;
  };
  const query = inSeconds(base(rule, mean(measure.window)));
  const recent = `${windowCalls(rule, "1m")} >= ${recentCount(rule)}`;
  return {
    ...query,
    needed: [`${windowCalls(rule, measure.window)} >= ${rule.minCount}`],
    excludedToBegin: overIn(query, mean("1m"), recent, measure.window),
    ...(measure.metric === "meanMeasure" && {
      note: "By all calls, and not by those alone that bring the measure: of a D1 all but failed ones do.",
    }),
  };
}

/** Of single operations: sum by count of the histogram. */
function meanDuration(rule: Rule, window: string): string {
  if (rule.scope.operations === "whole")
    throw new RangeError("there is no query for the mean of whole targets yet");
  const histogram = selector("tachograph_call_duration_seconds", kindOf(rule));
  const [sum, count] = ["sum", "count"].map((part) =>
    selector(`tachograph_call_duration_seconds_${part}`, kindOf(rule)),
  );
  return eitherHistogram(
    `histogram_sum(increase(${histogram}[${window}])) / histogram_count(increase(${histogram}[${window}]))`,
    `increase(${sum}[${window}]) / increase(${count}[${window}])`,
  );
}

function ofRateLimited(rule: Of<"rateLimitedRate">): RuleQuery {
  mustBeWhole(rule);
  const { window } = rule.measure;
  const ratio = (range: string): string =>
    `${callsGained({ ...kindOf(rule), outcome: "rate_limited" }, range)}\n  / ${callsGained(kindOf(rule), range)}`;
  const query = base(rule, ratio(window));
  const recent = `${windowCalls(rule, "1m")} >= ${recentCount(rule)}`;
  return {
    ...query,
    needed: [`${windowCalls(rule, window)} >= ${rule.minCount}`],
    excludedToBegin: overIn(query, ratio("1m"), recent, window),
  };
}

/** What PromQL cannot know is asked of Tachograph itself. */
function ofOpenAlert(rule: Rule): RuleQuery {
  const open = selector("tachograph_alert_active", {
    rule: rule.name,
    state: matching("firing|nodata"),
  });
  return {
    ...base(rule, `max without (rule, severity, state) (${open})`),
    comparison: ">=",
    threshold: 1,
    recoveryThreshold: 1,
    tellsValue: false,
    note: "No counter knows the order of calls: this is Tachograph's own alert.",
  };
}

function ofThroughput(rule: Of<"throughput">): RuleQuery {
  mustBeWhole(rule);
  const { window } = rule.measure;
  const scope = { ...kindOf(rule), kind: rule.scope.kind ?? not("probe") };
  const calls = callsGained(scope, window);
  // Of the whole day, silence included: no mean of a window's gauge, which is gone while there is none.
  const usual = `${callsGained(scope, "1d")} / ${DAY_MS / WINDOW_LENGTHS_MS[window]}`;
  const before = `present_over_time(${selector("tachograph_calls_total", scope)}[1h] offset 1d)`;
  return {
    ...base(rule, `${calls}\n  / (${usual} > 0)`),
    needed: [
      `(${calls} >= ${rule.minCount} or ${usual} >= ${rule.minCount})`,
      `sum without (operation, outcome) (${before})`,
    ],
    excluded: [SHARD_DOWN],
    note: "Of targets that were there a day ago, as long as all of their shards answer.",
  };
}

const SHARD_DOWN = "tachograph_shard_up == 0";

function ofDenials(rule: Of<"denialRate">): RuleQuery {
  const window = duration(rule.measure.windowMs);
  const [denied, granted] = ["denied", "granted"].map(
    (what) => `increase(tachograph_permits_${what}_total[${window}])`,
  );
  const asked = `(${denied} + ${granted})`;
  return {
    ...base(rule, `${denied} / ${asked}`),
    needed: [`${asked} >= ${rule.minCount}`],
  };
}

function ofSilence(rule: Of<"noData">): RuleQuery {
  if (rule.threshold !== WINDOW_LENGTHS_MS["1m"])
    throw new RangeError(`a silence of ${rule.threshold} ms is no window that is exposed`);
  const calls = selector("tachograph_window_calls", { ...scopeOf(rule), window: "1m" });
  const before = duration(rule.measure.lookbackMs + rule.threshold + rule.forMs);
  return {
    ...base(rule, calls),
    comparison: "<=",
    threshold: 0,
    recoveryThreshold: 0,
    neededToBegin: [`count_over_time((${calls} > 0)[${before}:1m]) >= ${rule.minCount}`],
    excluded: [SHARD_DOWN],
    tellsValue: false,
    note: "Minutes with a call, of those before the silence; while the alert fires nobody asks for them again.",
  };
}

function ofBudget(rule: Of<"budgetBurn">): RuleQuery {
  const { objective, longWindowMs, shortWindowMs } = rule.measure;
  const allowed = Number((1 - objective).toPrecision(12));
  const failed = (ms: number): string =>
    callsGained({ ...kindOf(rule), outcome: FAILED }, duration(ms));
  const all = (ms: number): string => callsGained(kindOf(rule), duration(ms));
  const burn = (ms: number): string => `${failed(ms)}\n  / ${all(ms)} / ${allowed}`;
  return {
    ...base(rule, burn(longWindowMs), [burn(shortWindowMs)]),
    needed: [
      `${all(longWindowMs)} >= ${rule.minCount}`,
      `${failed(longWindowMs)} >= ${MIN_BURNING_FAILURES}`,
    ],
  };
}

function ofNewest(rule: Of<"lastMeasure">): RuleQuery {
  if (rule.measure.measure !== "failing")
    throw new RangeError(`there is no query for the newest ${rule.measure.measure} yet`);
  return {
    ...base(rule, selector("tachograph_probe_failing", kindOf(rule))),
    // The gauge keeps what was told last, however long ago.
    needed: [`${windowCalls(rule, rule.measure.window)} >= ${rule.minCount}`],
    tellsValue: false,
  };
}

/** That what the window still holds is clearly over, as judge.ts has it. */
function overIn(
  { comparison, threshold, on }: RuleQuery,
  recent: string,
  volume: string,
  window: string,
): string[] {
  if (window === "1m") return [];
  const isLowBad = compares(-Infinity, comparison, threshold);
  const halfway = isLowBad ? (threshold + 1) / 2 : threshold / 2;
  return [`(${recent} ${opposite(comparison)} ${rounded(halfway)} and ${on} ${volume})`];
}

/** What holds where `comparison` does not. */
export function opposite(comparison: Comparison): Comparison {
  return ({ ">=": "<", ">": "<=", "<=": ">", "<": ">=" } as const)[comparison];
}

/** Counters are added up over operations here. */
function mustBeWhole({ name, scope }: Rule): void {
  if (scope.operations !== "whole")
    throw new RangeError(`there is no query for ${name} on single operations yet`);
}

/** Without what halving leaves behind the last digit that matters. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

function recentCount(rule: Rule): number {
  return Math.max(rule.minCount, MIN_RECENT_COUNT);
}

function windowCalls(rule: Rule, window: string): string {
  return selector("tachograph_window_calls", { ...scopeOf(rule), window });
}

/** Which series of counters a rule looks at: these have no operation `*`. */
function kindOf(rule: Rule): Matchers {
  const { kind, targets, operations } = rule.scope;
  return {
    ...(kind !== undefined && { kind }),
    ...(targets !== undefined && { target: matching(targets.map(escaped).join("|")) }),
    ...(typeof operations !== "string" && {
      operation: matching(operations.map(escaped).join("|")),
    }),
  };
}

/** Which series of a window's gauges it looks at. */
function scopeOf(rule: Rule): Matchers {
  const { operations } = rule.scope;
  if (operations === "whole") return { ...kindOf(rule), operation: WHOLE_TARGET };
  return operations === "each" ? { ...kindOf(rule), operation: not(WHOLE_TARGET) } : kindOf(rule);
}

/** As regular expressions take it literally. */
function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
