import { WHOLE_TARGET } from "../names.ts";
import type { TargetKind } from "../target-kind.ts";
import type { Rule } from "./rule.ts";

/** A series as far as a rule's scope asks. */
export interface ScopedSeries {
  readonly target: string;
  readonly operation: string;
  readonly kind: TargetKind;
}

/** Most series that the index remembers; beyond that it begins anew. */
const MAX_REMEMBERED = 50_000;

/** Finds the rules of a series, and remembers them: scopes are the same at every tick. */
export class RuleIndex {
  readonly #rules: readonly Rule[];
  readonly #known = new Map<string, readonly Rule[]>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** The rules that are evaluated on a series, in their order. */
  rulesFor(series: ScopedSeries): readonly Rule[] {
    const key = `${series.kind}\n${series.target}\n${series.operation}`;
    let rules = this.#known.get(key);
    if (rules === undefined) {
      if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
      rules = this.#rules.filter((rule) => isInScope(rule, series));
      this.#known.set(key, rules);
    }
    return rules;
  }
}

/** Whether a rule is evaluated on a series. */
export function isInScope({ scope }: Rule, { target, operation, kind }: ScopedSeries): boolean {
  if (scope.kind !== undefined && scope.kind !== kind) return false;
  if (scope.targets !== undefined && !scope.targets.includes(target)) return false;
  const isWhole = operation === WHOLE_TARGET;
  if (scope.operations === "whole") return isWhole;
  if (scope.operations === "each") return !isWhole;
  return scope.operations.includes(operation);
}
