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
import { DAY_MS } from "../merge/slot-time.ts";
import { isName } from "../names.ts";
import { TARGET_KINDS } from "../target-kind.ts";
import { isBetween } from "./metric-fields.ts";
import { METRICS } from "./metrics.ts";
import { COMPARISONS, type MetricName, SEVERITIES, type Unit } from "./rule.ts";

/** Longest time in a rule, in milliseconds: what holds for longer is no alert but a state. */
export const MAX_DURATION_MS = 7 * DAY_MS;

/** Longest text of what to do, in characters: it is in every message. */
export const MAX_ACTION = 500;

/** Largest threshold of a measure, and with a minus the smallest. */
const MAX_VALUE = 1_000_000_000_000_000;

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

/** The metrics, as messages list them. */
export const METRIC_NAMES: readonly MetricName[] = Object.values(METRICS).map(
  ({ schema }) => schema.entries.metric.literal,
);

/** What the thresholds of a unit are, for messages. */
export const UNIT_TEXTS: Readonly<Record<Unit, string>> = {
  Ms: `milliseconds, a number from 0 to ${MAX_DURATION_MS}`,
  Rate: "a fraction from 0 to 1 (10 % is 0.1)",
  Ratio: "a ratio, a number from 0 to 1000000 (2 is twice as much)",
  Count: "a count, an integer from 0 to 1000000",
  Value: `in the unit of the measure, a number from ${-MAX_VALUE} to ${MAX_VALUE}`,
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
  Value: checked<number>(UNIT_TEXTS.Value, (value) => isBetween(value, -MAX_VALUE, MAX_VALUE)),
};
