import type { ConfigFault } from "../config-schema-parts.ts";
import { nearestKey } from "../nearest-key.ts";
import type { Rule } from "./rule.ts";

/**
 * What is wrong with who inhibits whom: rules that do not exist, and circles, in which nobody would
 * be told anything.
 * @param known - names that may be inhibited although there is no such rule: defaults that are off.
 */
export function inhibitionFaults(
  rules: ReadonlyMap<string, Rule>,
  known: ReadonlySet<string>,
): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const { name, inhibits } of rules.values()) {
    for (const [index, inhibited] of inhibits.entries()) {
      if (rules.has(inhibited) || known.has(inhibited)) continue;
      const reason = `no rule is called ${inhibited}${didYouMean(inhibited, [...rules.keys()])}`;
      faults.push({ path: `${name}.inhibits.${index}`, reason });
    }
  }
  const circle = findCircle(rules);
  const [first] = circle;
  if (first !== undefined) {
    const reason = `is a circle: ${[...circle, first].join(" inhibits ")}`;
    faults.push({ path: `${first}.inhibits`, reason });
  }
  return faults;
}

/** The text that names the nearest of some names, or nothing if none is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const nearest = nearestKey(name, names);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** The names of rules that inhibit one another in a circle, in order; empty for no circle. */
function findCircle(rules: ReadonlyMap<string, Rule>): readonly string[] {
  const cleared = new Set<string>();
  const search = (name: string, way: readonly string[]): readonly string[] => {
    if (way.includes(name)) return way.slice(way.indexOf(name));
    if (cleared.has(name)) return [];
    for (const inhibited of rules.get(name)?.inhibits ?? []) {
      const circle = search(inhibited, [...way, name]);
      if (circle.length > 0) return circle;
    }
    cleared.add(name);
    return [];
  };
  for (const name of rules.keys()) {
    const circle = search(name, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
