import { type ConfigFault, fieldsOf, isPlainObject, mustBe } from "../config-schema-parts.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { didYouMean, inhibitionFaults } from "./inhibition-faults.ts";
import { overrideRule } from "./override-rule.ts";
import { parseRule } from "./rule-schema.ts";
import type { Rule } from "./rule.ts";

/** Most rules: each is evaluated on every series of its scope, at every tick. */
export const MAX_RULES = 100;

/** The rules that are evaluated, or what is wrong with those that are configured. */
export type EffectiveRules =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  /** Paths begin with a rule's name; empty for the rules as a whole. */
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

const DEFAULTS: ReadonlyMap<string, Rule> = new Map(DEFAULT_RULES.map((rule) => [rule.name, rule]));

/**
 * The default rules as changed by a configuration's record of rules, then the rules that only it
 * has, in its order. Under a name stands false (a default is left out), what is different from the
 * default ({@link overrideRule}), or a whole rule. Never throws.
 */
export function effectiveRules(input: unknown): EffectiveRules {
  if (!isPlainObject(input)) return refused([{ path: "", reason: mustBe("an object", input) }]);
  const entries = Object.entries(fieldsOf(input));
  // Checked first, so that a huge record costs nothing.
  if (entries.length > MAX_RULES) return refused([tooMany(entries.length)]);
  const rules = new Map(DEFAULTS);
  const faults = entries.flatMap(([name, entry]) => applyEntry(rules, name, entry));
  if (faults.length > 0) return refused(faults);
  if (rules.size > MAX_RULES) return refused([tooMany(rules.size)]);
  const inhibitions = inhibitionFaults(rules, new Set(DEFAULTS.keys()));
  return inhibitions.length > 0 ? refused(inhibitions) : { ok: true, rules: [...rules.values()] };
}

/** Changes `rules` by one entry of the record, or says what is wrong with it. */
function applyEntry(rules: Map<string, Rule>, name: string, entry: unknown): ConfigFault[] {
  const byDefault = DEFAULTS.get(name);
  if (entry === false) {
    rules.delete(name);
    return byDefault === undefined ? [{ path: name, reason: noDefault(name) }] : [];
  }
  const parsed = byDefault === undefined ? parseRule(entry, name) : overrideRule(byDefault, entry);
  if (!parsed.ok) {
    return parsed.faults.map(({ path, reason }) => faultOf(name, path, reason));
  }
  rules.set(name, parsed.rule);
  return [];
}

function faultOf(name: string, path: string, reason: string): ConfigFault {
  if (path === "name") return { path: name, reason };
  return { path: path === "" ? name : `${name}.${path}`, reason };
}

function noDefault(name: string): string {
  const names = [...DEFAULTS.keys()];
  const hint = didYouMean(name, names) || `; they are ${names.join(", ")}`;
  return `false switches off a default rule, and none is called so${hint}`;
}

function tooMany(count: number): ConfigFault {
  return { path: "", reason: `must be at most ${MAX_RULES} rules with the defaults, got ${count}` };
}

function refused(faults: readonly ConfigFault[]): EffectiveRules {
  return { ok: false, faults };
}
