import * as v from "valibot";
import {
  checked,
  choice,
  group,
  integer,
  integerIn,
  listOf,
  show,
} from "../config-schema-parts.ts";
import { WINDOW_NAMES } from "../merge/series-state.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import { isName } from "../names.ts";
import { TARGET_KINDS } from "../target-kind.ts";
import {
  type Comparison,
  COMPARISONS,
  type Metric,
  type MetricName,
  SEVERITIES,
  type Unit,
} from "./rule.ts";

/** Longest time in a rule, in milliseconds: what holds for longer is no alert but a state. */
export const MAX_DURATION_MS = 7 * DAY_MS;

/** Longest text of what to do, in characters: it is in every message. */
export const MAX_ACTION = 500;

const MAX_TARGETS = 1000;
const MAX_OPERATIONS = 255;
const MAX_INHIBITS = 100;

/** What a rule is called. */
export const ruleName = checked<string>(
  "1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit",
  isName,
);

const names = (max: number, what: string) => listOf(ruleName, 1, max, what);

const actionText = checked<string>(
  `a text of at most ${MAX_ACTION} characters`,
  (value) => typeof value === "string" && value.length <= MAX_ACTION,
);

const action = v.lazy((input) =>
  typeof input === "string"
    ? v.pipe(
        // Its length is told, not its beginning.
        v.custom<string>(
          () => input.length <= MAX_ACTION,
          `must be a text of at most ${MAX_ACTION} characters, got ${input.length}`,
        ),
        v.transform((text) => ({ en: text, "pt-BR": text })),
      )
    : group({ en: actionText, "pt-BR": actionText }),
);

const operations = v.lazy((input) =>
  Array.isArray(input)
    ? names(MAX_OPERATIONS, "operations")
    : v.custom<"whole" | "each">(
        (value) => value === "whole" || value === "each",
        `must be "whole", "each" or a list of operations, got ${show(input)}`,
      ),
);

/** The fields that every rule has, whatever its metric. */
export const COMMON = {
  name: ruleName,
  severity: v.optional(choice(SEVERITIES), "MEDIUM"),
  kind: v.optional(v.nullable(choice(TARGET_KINDS)), null),
  targets: v.optional(v.nullable(names(MAX_TARGETS, "targets, or null for all")), null),
  operations: v.optional(operations, "whole"),
  // Undefined for the metric's own.
  comparison: v.optional(choice(COMPARISONS)),
  forMs: v.optional(integerIn(0, MAX_DURATION_MS)),
  keepFiringForMs: integer(0, MAX_DURATION_MS, 0),
  minCount: v.optional(integerIn(0, 1_000_000_000)),
  noData: v.optional(choice(["hold", "ok"]), "hold"),
  inhibits: v.optional(listOf(ruleName, 0, MAX_INHIBITS, "rules' names"), []),
  action: v.optional(action, ""),
} as const satisfies v.ObjectEntries;

const window = v.optional(choice(WINDOW_NAMES), "5m");

/** A target's counts are known by the minute and for a day. */
const minutes = (byDefault: number) =>
  v.optional(
    checked<number>(
      `whole minutes in milliseconds, ${MINUTE_MS} to ${DAY_MS}`,
      (value) => Number(value) % MINUTE_MS === 0 && isBetween(value, MINUTE_MS, DAY_MS),
    ),
    byDefault,
  );

const percentile = checked<number>(
  "a percentile above 0, to 100",
  (value) => isBetween(value, 0, 100) && value !== 0,
);

const objective = checked<number>(
  "a fraction between 0 and 1, as 0.995 for 99.5 %",
  (value) => isBetween(value, 0, 1) && value !== 0 && value !== 1,
);

/** Each metric with its parameters. */
export const MEASURES = {
  latency: v.object({
    metric: v.literal("latency"),
    percentile: v.optional(percentile, 95),
    window,
  }),
  meanLatency: v.object({ metric: v.literal("meanLatency"), window }),
  errorRate: v.object({ metric: v.literal("errorRate"), window }),
  consecutiveErrors: v.object({ metric: v.literal("consecutiveErrors") }),
  throughput: v.object({ metric: v.literal("throughput"), window }),
  hitRate: v.object({ metric: v.literal("hitRate"), window }),
  denialRate: v.object({ metric: v.literal("denialRate"), windowMs: minutes(5 * MINUTE_MS) }),
  noData: v.object({ metric: v.literal("noData"), lookbackMs: minutes(HOUR_MS) }),
  budgetBurn: v.object({
    metric: v.literal("budgetBurn"),
    objective: v.optional(objective, 0.995),
    longWindowMs: minutes(HOUR_MS),
    shortWindowMs: minutes(5 * MINUTE_MS),
  }),
} as const satisfies Readonly<Record<MetricName, v.GenericSchema<unknown, Metric>>>;

/** The metrics, as messages list them. */
export const METRIC_NAMES: readonly MetricName[] = Object.values(MEASURES).map(
  ({ entries }) => entries.metric.literal,
);

/** What a rule of a metric has if nothing else is said. */
interface MetricDefaults {
  readonly comparison: Comparison;
  readonly forMs: number;
  readonly minCount: number;
}

const DEFAULT_FOR_MS = 5 * MINUTE_MS;

/** Of consecutiveErrors and budgetBurn, what holds has held for long already. */
export const METRIC_DEFAULTS: Readonly<Record<MetricName, MetricDefaults>> = {
  latency: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
  meanLatency: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 5 },
  errorRate: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
  consecutiveErrors: { comparison: ">=", forMs: 0, minCount: 0 },
  throughput: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 100 },
  hitRate: { comparison: "<", forMs: DEFAULT_FOR_MS, minCount: 100 },
  denialRate: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
  noData: { comparison: ">=", forMs: DEFAULT_FOR_MS, minCount: 20 },
  budgetBurn: { comparison: ">=", forMs: 0, minCount: 300 },
};

/** What the thresholds of a unit are, for messages. */
export const UNIT_TEXTS: Readonly<Record<Unit, string>> = {
  Ms: `milliseconds, a number from 0 to ${MAX_DURATION_MS}`,
  Rate: "a fraction from 0 to 1 (10 % is 0.1)",
  Ratio: "a ratio, a number from 0 to 1000000 (2 is twice as much)",
  Count: "a count, an integer from 0 to 1000000",
};

/** A threshold in each unit. */
export const THRESHOLDS: Readonly<Record<Unit, v.GenericSchema<unknown, number>>> = {
  Ms: checked<number>(UNIT_TEXTS.Ms, (value) => isBetween(value, 0, MAX_DURATION_MS)),
  Rate: checked<number>(UNIT_TEXTS.Rate, (value) => isBetween(value, 0, 1)),
  Ratio: checked<number>(UNIT_TEXTS.Ratio, (value) => isBetween(value, 0, 1_000_000)),
  Count: checked<number>(
    UNIT_TEXTS.Count,
    (value) => Number.isInteger(value) && isBetween(value, 0, 1_000_000),
  ),
};

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
