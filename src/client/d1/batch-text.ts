import type { D1Query } from "./d1-query.ts";

const MAX_NAMES = 20;

/**
 * What a batch consists of: the names of its first 20 different statements, in the order in which
 * they come, each with how often it is there, as `add-step ×40, user-by-id`; then how many more there
 * are. At most some 1,500 characters.
 */
export function batchText(statements: readonly D1Query[]): string {
  const counts = new Map<string, number>();
  for (const { name } of statements) counts.set(name, (counts.get(name) ?? 0) + 1);
  const all = [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`));
  const more = all.length - MAX_NAMES;
  const shown = all.slice(0, MAX_NAMES).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
