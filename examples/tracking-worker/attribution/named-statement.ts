/** What can be bound to a statement here. */
export type Bound = string | number;

/** A statement whose timings are recorded under `name`, which the comment tells `instrumentD1`. */
export function namedStatement(
  db: D1Database,
  name: string,
  sql: string,
  values: readonly Bound[],
): D1PreparedStatement {
  return db.prepare(`/* name: ${name} */ ${sql}`).bind(...values);
}
