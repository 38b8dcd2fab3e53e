/** Most statements of a database that are kept; a catalogue has fewer. */
const MAX_STATEMENTS = 1_000;

/** Longest statement that is kept. */
const MAX_KEPT_CHARACTERS = 20_000;

/**
 * A database that prepares every statement once. A prepared statement belongs to no request, so it
 * serves all of an isolate.
 */
export function preparedOnce(database: D1Database): D1Database {
  const statements = new Map<string, D1PreparedStatement>();
  return {
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = database.prepare(sql);
      if (statements.size < MAX_STATEMENTS && sql.length <= MAX_KEPT_CHARACTERS) {
        statements.set(sql, statement);
      }
      return statement;
    },
    batch: (batch) => database.batch(batch),
    exec: (sql) => database.exec(sql),
    withSession: (start) => database.withSession(start),
    // oxlint-disable-next-line typescript/no-deprecated -- a database has it, so this one does
    dump: () => database.dump(),
  };
}
