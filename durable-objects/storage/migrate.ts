/** The part of a Durable Object's storage that its tables need; memory-only storages fit, too. */
export interface SqlDatabase {
  readonly sql: {
    exec<Row extends Record<string, SqlStorageValue>>(
      query: string,
      ...bindings: unknown[]
    ): SqlStorageCursor<Row>;
  };
  transactionSync<Result>(run: () => Result): Result;
}

/** One step of a schema. Steps are appended, never changed: objects in the field have run them. */
export interface SchemaStep {
  readonly id: string;
  readonly sql: string;
}

/**
 * Brings the tables of an object up to date, each step once and all or nothing.
 * @param count how many of the steps are wanted; further ones are run by a later call, and may have
 * been by an earlier one.
 * @returns how many the object has run by now.
 * @throws if the object has run a step that this code does not know at that place: it was written
 * by a newer version, or the list was edited.
 */
export function migrate(
  database: SqlDatabase,
  steps: readonly SchemaStep[],
  count = steps.length,
): number {
  return database.transactionSync(() => {
    const { sql } = database;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS schema_steps (position INTEGER PRIMARY KEY, id TEXT NOT NULL)",
    );
    const done = sql
      .exec<{ position: number; id: string }>(
        "SELECT position, id FROM schema_steps ORDER BY position",
      )
      .toArray();
    for (const { position, id } of done) {
      if (steps[position]?.id === id) continue;
      throw new Error(
        `this object's storage has schema step ${position} "${id}", which this version does not know: ` +
          "deploy the version that wrote it, or a newer one",
      );
    }
    for (const [position, step] of steps.slice(0, count).entries()) {
      if (position < done.length) continue;
      sql.exec(step.sql);
      sql.exec("INSERT INTO schema_steps (position, id) VALUES (?, ?)", position, step.id);
    }
    return Math.max(done.length, count);
  });
}
