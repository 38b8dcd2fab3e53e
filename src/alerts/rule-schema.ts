import * as v from "valibot";
import {
  type ConfigFault,
  faultsOf,
  fieldsOf,
  group,
  isPlainObject,
  mustBe,
  mustBeOneOf,
} from "../config-schema-parts.ts";
import { METRICS } from "./metrics.ts";
import { ruleFaults } from "./rule-faults.ts";
import { COMMON, METRIC_NAMES, THRESHOLDS, UNIT_TEXTS } from "./rule-fields.ts";
import type { RuleInput } from "./rule-input.ts";
import { type MetricName, type Rule, UNITS } from "./rule.ts";

/** What came of a rule's input. */
export type ParsedRule =
  | { readonly ok: true; readonly rule: Rule }
  /** Paths are within the rule, as `thresholdMs` or `targets.0`; empty for the rule as a whole. */
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/**
 * Checks a rule and fills in the defaults. Never throws. Whether the rules that it inhibits exist
 * is not checked here: see `effectiveRules`.
 * @param name - its name where it is known from elsewhere; the input may then leave it out.
 */
export function parseRule(input: unknown, name?: string): ParsedRule {
  if (!isPlainObject(input)) return refused("", mustBe("an object", input));
  const fields: Readonly<Record<string, unknown>> = {
    ...(name === undefined ? {} : { name }),
    ...fieldsOf(input),
  };
  if (name !== undefined && fields["name"] !== name) {
    return refused("name", mustBe(`${name}, as it is called where it stands`, fields["name"]));
  }
  const known = SCHEMAS.find(({ metric }) => metric === fields["metric"]);
  if (known === undefined) return refused("metric", mustBeOneOf(METRIC_NAMES, fields["metric"]));
  const checked = v.safeParse(known.schema, fields);
  if (!checked.success) return { ok: false, faults: faultsOf(checked.issues) };
  const rule = toRule(checked.output, known.metric);
  const faults = ruleFaults(rule);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, rule };
}

/** The input form of a rule, with every field that its metric has: {@link parseRule} takes it back. */
export function ruleBody(rule: Rule): RuleInput {
  const { scope, measure, threshold, recoveryThreshold, ...rest } = rule;
  const { unit } = METRICS[measure.metric];
  return {
    ...rest,
    ...measure,
    kind: scope.kind ?? null,
    targets: scope.targets ?? null,
    operations: scope.operations,
    [`threshold${unit}`]: threshold,
    [`recoveryThreshold${unit}`]: recoveryThreshold,
  };
}

function refused(path: string, reason: string): ParsedRule {
  return { ok: false, faults: [{ path, reason }] };
}

/** The fields, checked each by itself; who knows the metric knows more of their types. */
type RuleSchema = v.GenericSchema<unknown, Readonly<Record<string, unknown>>>;

const SCHEMAS: readonly { readonly metric: MetricName; readonly schema: RuleSchema }[] =
  METRIC_NAMES.map((metric) => ({ metric, schema: schemaOf(metric) }));

function schemaOf(metric: MetricName): RuleSchema {
  const { unit } = METRICS[metric];
  const entries: v.ObjectEntries = {
    ...COMMON,
    ...METRICS[metric].schema.entries,
    [`threshold${unit}`]: THRESHOLDS[unit],
    [`recoveryThreshold${unit}`]: v.optional(THRESHOLDS[unit]),
  };
  return group(entries, [], (key) => explainField(key, metric));
}

const THRESHOLD_FIELD = new RegExp(`^(recoveryT|t)hreshold(?:${UNITS.join("|")})?$`);

/** What to say of a field that rules of this metric do not have but others do. */
function explainField(key: string, metric: MetricName): string | undefined {
  const { unit } = METRICS[metric];
  const [, recovery] = THRESHOLD_FIELD.exec(key) ?? [];
  if (recovery !== undefined) {
    return `a rule of ${metric} has ${recovery}hreshold${unit}: ${UNIT_TEXTS[unit]}`;
  }
  const owners = METRIC_NAMES.filter((other) => parametersOf(other).includes(key));
  if (owners.length === 0) return undefined;
  const own = parametersOf(metric);
  const has = own.length === 0 ? "has no parameters" : `has ${own.join(", ")}`;
  return `belongs to rules of ${owners.join(", ")}; a rule of ${metric} ${has}`;
}

function parametersOf(metric: MetricName): readonly string[] {
  return Object.keys(METRICS[metric].schema.entries).filter((field) => field !== "metric");
}

/** @param fields - checked, so that nothing in here fails. */
function toRule(fields: Readonly<Record<string, unknown>>, metric: MetricName): Rule {
  const { unit, byDefault, schema } = METRICS[metric];
  const threshold = Number(fields[`threshold${unit}`]);
  const { kind, targets, operations, ...common } = v.parse(v.object(COMMON), fields);
  return {
    ...common,
    scope: { kind: kind ?? undefined, targets: targets ?? undefined, operations },
    measure: v.parse(schema, fields),
    comparison: common.comparison ?? byDefault.comparison,
    threshold,
    recoveryThreshold: Number(fields[`recoveryThreshold${unit}`] ?? threshold),
    forMs: common.forMs ?? byDefault.forMs,
    minCount: common.minCount ?? byDefault.minCount,
  };
}
