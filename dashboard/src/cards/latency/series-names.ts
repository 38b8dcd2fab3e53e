import type { TargetKind } from "../../../../src/target-kind.ts";
import { isName, WHOLE_TARGET } from "../../../../src/names.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";

/** A target and its operations, the whole of it first. */
export interface TargetNames {
  readonly target: string;
  readonly kind: TargetKind;
  readonly operations: readonly string[];
}

/**
 * Makes a function that tells which targets and operations there are: the same list as long as
 * they are the same, whatever their numbers.
 */
export function seriesNames(): (state: LiveState) => readonly TargetNames[] {
  let seen: LiveState["series"] | undefined;
  let key = "";
  let names: readonly TargetNames[] = [];
  return ({ series }) => {
    if (series === seen) return names;
    seen = series;
    const nextKey = [...series.values()]
      .map(({ target, operation, kind }) => `${target} ${operation} ${kind}`)
      .join("\n");
    if (nextKey !== key) {
      key = nextKey;
      names = namesOf(series);
    }
    return names;
  };
}

/** The operation that is asked for, if there can be one of that name; else all of them. */
export function chosenOperation(asked: string): string {
  return isName(asked) ? asked : WHOLE_TARGET;
}

/** Names that hold what is looked for, and the one that is chosen in any case. */
export function matching(
  names: readonly string[],
  filter: string,
  chosen: string,
): readonly string[] {
  const part = filter.trim().toLowerCase();
  const matches = names.filter((name) => name === chosen || name.includes(part));
  return names.includes(chosen) ? matches : [chosen, ...matches];
}

function namesOf(series: LiveState["series"]): readonly TargetNames[] {
  const byTarget = new Map<string, { kind: TargetKind; operations: string[] }>();
  for (const { target, kind, operation } of series.values()) {
    const known = byTarget.get(target);
    if (known === undefined) byTarget.set(target, { kind, operations: [operation] });
    else known.operations.push(operation);
  }
  return [...byTarget].map(([target, { kind, operations }]) => ({
    target,
    kind,
    operations: operations.toSorted(
      (left, right) => Number(right === WHOLE_TARGET) - Number(left === WHOLE_TARGET),
    ),
  }));
}
