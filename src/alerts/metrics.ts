import * as v from "valibot";
import type { ConfigFault } from "../config-schema-parts.ts";
import type { MeasureName } from "../measures.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import { WINDOW_LENGTHS_MS } from "../merge/window-lengths.ts";
import { STREAK_STALE_MS } from "./measure.ts";
import { measureName, minutes, objective, percentile, windowName } from "./metric-fields.ts";
import type { Comparison, Metric, MetricName, Rule, Unit } from "./rule.ts";

/** What a rule of a metric has if nothing else is said. */
interface MetricDefaults {
  readonly comparison: Comparison;
  readonly forMs: number;
  readonly minCount: number;
}

/** Everything that there is to know of a metric, but for how its value is made: that is `measure.ts`. */
interface MetricEntry<Name extends MetricName> {
  /** The metric with its parameters, as a rule's input has them. */
  readonly schema: v.GenericSchema<unknown, Metric<Name>> & { readonly entries: v.ObjectEntries };
  /** Of its value and its thresholds. */
  readonly unit: Unit;
  readonly byDefault: MetricDefaults;
  /** Whether it is known of single operations, and not of whole targets only. */
  readonly isOfOperations: boolean;
  /** Whether a rule may ask for a minimum volume; without one the threshold is it. */
  readonly hasVolume: boolean;
  /** The largest value that it can have. */
  readonly largestValue: (measure: Metric<Name>) => number;
  /** The smallest value that it can have. */
  readonly smallestValue: (measure: Metric<Name>) => number;
  /** The percentile that texts name; null for a metric without one. */
  readonly percentile: (measure: Metric<Name>) => number | null;
  /** The measure that texts name; undefined for a metric without one. */
  readonly measureName: (measure: Metric<Name>) => MeasureName | undefined;
  /** What is wrong with parameters that are right each by itself. Paths are the input's. */
  readonly faults: (measure: Metric<Name>, rule: Rule) => readonly ConfigFault[];
  /** How much history before a moment its value at that moment is made of. */
  readonly lookbackMs: (measure: Metric<Name>) => number;
  /**
   * How long what is over is still in its value: of two windows the shorter one, as it takes both.
   */
  readonly remembersMs: (measure: Metric<Name>) => number;
  /**
   * The same over the last minute alone; undefined if there is no such thing, or if it is that
   * already.
   */
  readonly ofLastMinute: (measure: Metric<Name>) => Metric<Name> | undefined;
  /** Whether all is well where it is 1, and not where it is 0. */
  readonly highIsGood: boolean;
  /** Whether an alert may begin with a value. */
  readonly mayBegin: (measure: Metric<Name>, value: number) => boolean;
  /**
   * How long after the last timing, or the last permit that was asked for, its value may still go
   * to where the condition begins to hold, with nothing new coming in: as older timings leave a
   * window before the last ones do, or silence grows.
   */
  readonly settlesAfterMs: (measure: Metric<Name>, rule: Rule) => number;
  /**
   * Why its rules cannot be tried on history, or undefined: minutes keep neither the order of
   * timings nor who was denied a permit.
   */
  readonly backtestProblem: string | undefined;
}

const DEFAULT_FOR_MS = 5 * MINUTE_MS;

/** What is so of a metric unless there is something particular about it. */
const COMMON = {
  largestValue: () => Infinity,
  smallestValue: () => 0,
  percentile: () => null,
  measureName: () => undefined,
  faults: () => [],
  ofLastMinute: () => undefined,
  highIsGood: false,
  mayBegin: () => true,
} as const satisfies Partial<MetricEntry<MetricName>>;

type WindowMetric = Metric<
  | "latency"
  | "meanLatency"
  | "errorRate"
  | "rateLimitedRate"
  | "hitRate"
  | "throughput"
  | "meanMeasure"
  | "lastMeasure"
>;

/** Once a window is empty there is no value, or one that stays 0. */
const OF_WINDOW = {
  ...COMMON,
  hasVolume: true,
  backtestProblem: undefined,
  lookbackMs: ({ window }: WindowMetric) => WINDOW_LENGTHS_MS[window],
  remembersMs: ({ window }: WindowMetric) => WINDOW_LENGTHS_MS[window],
  ofLastMinute: <One extends WindowMetric>(measure: One): One | undefined =>
    measure.window === "1m" ? undefined : { ...measure, window: "1m" },
  settlesAfterMs: ({ window }: WindowMetric) => WINDOW_LENGTHS_MS[window],
} as const;

/** Each metric. A new one does not compile until all of this is said of it. */
export const METRICS = {
  latency: {
    ...OF_WINDOW,
    schema: v.object({
      metric: v.literal("latency"),
      percentile: v.optional(percentile, 95),
      window: windowName(),
    }),
    unit: "Ms",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
    isOfOperations: true,
    percentile: (measure: Metric<"latency">) => measure.percentile,
  },
  meanLatency: {
    ...OF_WINDOW,
    schema: v.object({ metric: v.literal("meanLatency"), window: windowName() }),
    unit: "Ms",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 5 },
    isOfOperations: true,
  },
  errorRate: {
    ...OF_WINDOW,
    schema: v.object({ metric: v.literal("errorRate"), window: windowName() }),
    unit: "Rate",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
    isOfOperations: true,
    largestValue: () => 1,
  },
  rateLimitedRate: {
    ...OF_WINDOW,
    schema: v.object({ metric: v.literal("rateLimitedRate"), window: windowName() }),
    unit: "Rate",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
    isOfOperations: true,
    largestValue: () => 1,
  },
  consecutiveErrors: {
    ...COMMON,
    schema: v.object({ metric: v.literal("consecutiveErrors") }),
    unit: "Count",
    // What holds has held for long already.
    byDefault: { comparison: ">=", forMs: 0, minCount: 0 },
    isOfOperations: false,
    hasVolume: false,
    lookbackMs: () => 0,
    remembersMs: () => 0,
    // Only an outcome makes a run longer; and after this there is no value.
    settlesAfterMs: () => STREAK_STALE_MS,
    backtestProblem:
      "history keeps counts by the minute and not the order of timings, which errors in a row need",
  },
  throughput: {
    ...OF_WINDOW,
    schema: v.object({ metric: v.literal("throughput"), window: windowName() }),
    unit: "Ratio",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 100 },
    isOfOperations: false,
    faults: noTimetable,
    lookbackMs: () => DAY_MS + HOUR_MS,
    // One minute of few timings says nothing of what is usual in five.
    ofLastMinute: () => undefined,
    // A target that falls silent in its first day is known for a day, and so has a value, only after
    // that. Nobody stays awake for it: what is silent is what noData is for.
  },
  hitRate: {
    ...OF_WINDOW,
    schema: v.object({ metric: v.literal("hitRate"), window: windowName() }),
    unit: "Rate",
    byDefault: { comparison: "<", forMs: DEFAULT_FOR_MS, minCount: 100 },
    isOfOperations: true,
    largestValue: () => 1,
    highIsGood: true,
  },
  denialRate: {
    ...COMMON,
    schema: v.object({ metric: v.literal("denialRate"), windowMs: minutes(5 * MINUTE_MS) }),
    unit: "Rate",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
    isOfOperations: false,
    hasVolume: true,
    largestValue: () => 1,
    lookbackMs: ({ windowMs }: Metric<"denialRate">) => windowMs,
    remembersMs: ({ windowMs }: Metric<"denialRate">) => windowMs,
    settlesAfterMs: ({ windowMs }: Metric<"denialRate">) => windowMs,
    backtestProblem: "history keeps timings and not the permits that were denied",
  },
  noData: {
    ...COMMON,
    schema: v.object({ metric: v.literal("noData"), lookbackMs: minutes(HOUR_MS) }),
    unit: "Ms",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
    isOfOperations: false,
    hasVolume: true,
    backtestProblem: undefined,
    faults: forgottenTooSoon,
    // As far back as it looks, and what was there before a silence of that length.
    lookbackMs: (measure: Metric<"noData">) => 2 * measure.lookbackMs,
    remembersMs: () => 0,
    // Only a target that had timings lately can be missed; one that is missed stays missed, however
    // long that lasts.
    mayBegin: ({ lookbackMs }: Metric<"noData">, value: number) => value <= lookbackMs,
    settlesAfterMs: (_measure: Metric<"noData">, { threshold }: Rule) => threshold,
  },
  budgetBurn: {
    ...COMMON,
    schema: v.object({
      metric: v.literal("budgetBurn"),
      objective: v.optional(objective, 0.995),
      longWindowMs: minutes(HOUR_MS),
      shortWindowMs: minutes(5 * MINUTE_MS),
    }),
    unit: "Ratio",
    // What holds has held for long already.
    byDefault: { comparison: ">=", forMs: 0, minCount: 100 },
    isOfOperations: false,
    hasVolume: true,
    backtestProblem: undefined,
    largestValue: (measure: Metric<"budgetBurn">) => 1 / (1 - measure.objective),
    faults: windowsInOrder,
    lookbackMs: ({ longWindowMs }: Metric<"budgetBurn">) => longWindowMs,
    remembersMs: ({ shortWindowMs }: Metric<"budgetBurn">) => shortWindowMs,
    // It needs a value of both windows, and the short one is empty first.
    settlesAfterMs: ({ shortWindowMs }: Metric<"budgetBurn">) => shortWindowMs,
  },
  meanMeasure: {
    ...OF_WINDOW,
    schema: v.object({
      metric: v.literal("meanMeasure"),
      measure: measureName("sum"),
      window: windowName(),
    }),
    unit: "Value",
    byDefault: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 5 },
    isOfOperations: true,
    measureName: ({ measure }: Metric<"meanMeasure">) => measure,
  },
  lastMeasure: {
    ...OF_WINDOW,
    schema: v.object({
      metric: v.literal("lastMeasure"),
      measure: measureName("last"),
      // What is told every ten minutes must not be gone between two.
      window: windowName("1h"),
    }),
    unit: "Value",
    // One value stands for all the time until the next: it does not become truer by waiting.
    byDefault: { comparison: ">=", forMs: 0, minCount: 1 },
    isOfOperations: true,
    measureName: ({ measure }: Metric<"lastMeasure">) => measure,
    largestValue: ({ measure }: Metric<"lastMeasure">) => (measure === "failing" ? 1 : Infinity),
    // What a probe finds may be a balance.
    smallestValue: ({ measure }: Metric<"lastMeasure">) => (measure === "value" ? -Infinity : 0),
    // Only the newest one counts: nothing is left of those before it, and none becomes the newest
    // because others leave.
    remembersMs: () => 0,
    ofLastMinute: () => undefined,
    settlesAfterMs: () => 0,
  },
} as const satisfies MetricEntries;

type MetricEntries = { readonly [Name in MetricName]: MetricEntry<Name> };

/** {@link METRICS} as those see it who do not know which metric they have. */
const ENTRIES: MetricEntries = METRICS;

/** See `MetricEntry.largestValue`. */
export function largestValue<Name extends MetricName>(measure: Metric<Name>): number {
  return ENTRIES[measure.metric].largestValue(measure);
}

/** See `MetricEntry.smallestValue`. */
export function smallestValue<Name extends MetricName>(measure: Metric<Name>): number {
  return ENTRIES[measure.metric].smallestValue(measure);
}

/** See `MetricEntry.measureName`. */
export function measureOf<Name extends MetricName>(measure: Metric<Name>): MeasureName | undefined {
  return ENTRIES[measure.metric].measureName(measure);
}

/** See `MetricEntry.percentile`. */
export function percentileOf<Name extends MetricName>(measure: Metric<Name>): number | null {
  return ENTRIES[measure.metric].percentile(measure);
}

/** See `MetricEntry.faults`. */
export function measureFaults<Name extends MetricName>(
  measure: Metric<Name>,
  rule: Rule,
): readonly ConfigFault[] {
  return ENTRIES[measure.metric].faults(measure, rule);
}

/** See `MetricEntry.lookbackMs`. */
export function lookbackOf<Name extends MetricName>(measure: Metric<Name>): number {
  return ENTRIES[measure.metric].lookbackMs(measure);
}

/** See `MetricEntry.remembersMs`. */
export function remembersMs<Name extends MetricName>(measure: Metric<Name>): number {
  return ENTRIES[measure.metric].remembersMs(measure);
}

/** See `MetricEntry.ofLastMinute`. */
export function ofLastMinute<Name extends MetricName>(
  measure: Metric<Name>,
): Metric<Name> | undefined {
  return ENTRIES[measure.metric].ofLastMinute(measure);
}

/** See `MetricEntry.mayBegin`. */
export function mayBegin<Name extends MetricName>(measure: Metric<Name>, value: number): boolean {
  return ENTRIES[measure.metric].mayBegin(measure, value);
}

/** See `MetricEntry.settlesAfterMs`. */
export function settlesAfterMs(rule: Rule): number {
  return settles(rule.measure, rule);
}

function settles<Name extends MetricName>(measure: Metric<Name>, rule: Rule): number {
  return ENTRIES[measure.metric].settlesAfterMs(measure, rule);
}

function forgottenTooSoon(
  measure: Metric<"noData">,
  { threshold, forMs }: Rule,
): readonly ConfigFault[] {
  if (threshold + forMs < measure.lookbackMs) return [];
  const reason =
    `must be more than thresholdMs and forMs together (${threshold + forMs}), got ` +
    `${measure.lookbackMs}: what was silent for longer is not missed any more`;
  return [{ path: "lookbackMs", reason }];
}

/** What runs by the clock has as many timings as its timetable says. */
function noTimetable(_measure: Metric<"throughput">, { scope }: Rule): readonly ConfigFault[] {
  if (scope.kind !== "probe") return [];
  const reason =
    "throughput says nothing of probes, which run by a timetable; for probes that do not run there is noData";
  return [{ path: "kind", reason }];
}

function windowsInOrder({
  shortWindowMs,
  longWindowMs,
}: Metric<"budgetBurn">): readonly ConfigFault[] {
  if (shortWindowMs < longWindowMs) return [];
  const reason = `must be less than longWindowMs (${longWindowMs}), got ${shortWindowMs}`;
  return [{ path: "shortWindowMs", reason }];
}
