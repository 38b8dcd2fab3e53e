const MAIN_VERBS: ReadonlySet<string> = new Set(
  "SELECT INSERT UPDATE DELETE REPLACE VALUES".split(" "),
);

/**
 * Where the verb of a statement stands, behind `EXPLAIN` and the tables that a `WITH` makes up.
 *
 * @param skeleton - See `sqlSkeleton`.
 */
export function mainVerbAt(skeleton: readonly string[]): number {
  let at = 0;
  if (skeleton[0] === "EXPLAIN") at = skeleton[1] === "QUERY" ? 3 : 1;
  if (skeleton[at] !== "WITH") return at;
  let depth = 0;
  for (let next = at + 1; next < skeleton.length; next++) {
    const word = skeleton[next] ?? "";
    if (word === "(") depth += 1;
    if (word === ")") depth -= 1;
    if (depth === 0 && MAIN_VERBS.has(word)) return next;
  }
  return at;
}
