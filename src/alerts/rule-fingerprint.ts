import type { Metric, Rule, RuleScope } from "./rule.ts";

/** The names of all parameters that any metric has. */
type ParameterOf<Any> = Any extends unknown ? keyof Any : never;

type Field =
  // The rule's own `measure` is its metric, whose fields stand here by themselves.
  Exclude<keyof Rule, "scope" | "measure"> | keyof RuleScope | Extract<ParameterOf<Metric>, string>;

/** Whether an alert of a rule ends when this field of it changes. */
type Told =
  /** Unless the rule does not have it: then JSON leaves it out. */
  | "always"
  | "never"
  /**
   * It is left out where it has this value. A field that comes later is listed so, with the value
   * that it has in the rules of before: then no alert ends because of it. Stays as it is even if the
   * field's default becomes another one.
   */
  | { readonly unless: unknown };

/** Every field of a rule, its scope and its metric; a new one does not compile until it is here. */
const FIELDS: Readonly<Record<Field, Told>> = {
  action: "never",
  comparison: "always",
  forMs: "always",
  inhibits: { unless: [] },
  keepFiringForMs: { unless: 0 },
  kind: "always",
  longWindowMs: "always",
  lookbackMs: "always",
  measure: "always",
  metric: "always",
  minCount: "always",
  name: "always",
  noData: { unless: "hold" },
  objective: "always",
  operations: { unless: "whole" },
  percentile: "always",
  recoveryThreshold: "always",
  severity: "always",
  shortWindowMs: "always",
  targets: "always",
  threshold: "always",
  window: "always",
  windowMs: "always",
};

/**
 * What makes a rule the one that it is: an alert of another fingerprint is not this rule's, and
 * ends. It is stored with each alert, so it is the same for the same rule in every version of this
 * program: JSON of a named list of fields in alphabetical order, without texts, and without the
 * order of lists that are sets.
 */
export function ruleFingerprint({ scope, measure, ...rest }: Rule): string {
  const values = new Map<string, unknown>(Object.entries({ ...rest, ...scope, ...measure }));
  const told = Object.entries(FIELDS)
    .map(([field, how]) => [field, how, asSet(values.get(field))] as const)
    .filter(([, how, value]) => isTold(how, value))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(Object.fromEntries(told.map(([field, , value]) => [field, value])));
}

function isTold(how: Told, value: unknown): boolean {
  if (typeof how === "string") return how === "always";
  return JSON.stringify(how.unless) !== JSON.stringify(value);
}

/** Targets, operations and inhibited rules: each counts, and none comes first. */
function asSet(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).toSorted() : value;
}
