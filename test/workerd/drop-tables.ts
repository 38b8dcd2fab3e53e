/** Empties an object's storage, so that it can be filled as an earlier version would have. */
export function dropTables({ sql }: DurableObjectStorage): void {
  const query =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  for (const { name } of sql.exec<{ name: string }>(query).toArray()) {
    sql.exec(`DROP TABLE ${name}`);
  }
}
