import type { Family } from "../families.ts";
import type { PlannedPart } from "./run-parts.ts";

/**
 * The parts that were asked for, in the order in which they are measured.
 * @param names of families, or of parts as `limits/decisions`; none for all comparisons.
 * @throws Error for a name that there is not, with those that there are.
 */
export function selectParts(
  families: readonly Family[],
  names: readonly string[],
): readonly PlannedPart[] {
  const all = families.flatMap(({ name: family, parts, isComparison }) =>
    parts.map((part) => ({ family, part, isComparison })),
  );
  if (names.length === 0) return all.filter(({ isComparison }) => isComparison);
  const isNamed = (name: string, { family, part }: PlannedPart): boolean =>
    name === family || name === `${family}/${part.name}`;
  const unknown = names.filter((name) => !all.some((planned) => isNamed(name, planned)));
  if (unknown.length > 0) {
    const known = families.map(({ name }) => name).join(", ");
    throw new Error(
      `no bench is called ${unknown.join(", ")}: there are ${known}, and parts of them (--help)`,
    );
  }
  return all.filter((planned) => names.some((name) => isNamed(name, planned)));
}
