import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqlDatabase } from "../../durable-objects/storage/migrate.ts";

/** SQLite in memory with the interface of a Durable Object's storage, so that its own SQL runs. */
export function nodeSqlite(): SqlDatabase {
  const database = new DatabaseSync(":memory:");
  const exec = (query: string, ...bindings: SQLInputValue[]): Rows => {
    if (bindings.length === 0 && query.includes(";")) {
      database.exec(query);
      return rowsOf(database, []);
    }
    return rowsOf(database, statement(database, query).all(...bindings));
  };
  const transactionSync = <Result>(run: () => Result): Result => {
    database.exec("SAVEPOINT bench");
    const result = run();
    database.exec("RELEASE bench");
    return result;
  };
  return { sql: { exec }, transactionSync } as unknown as SqlDatabase;
}

/** The part of a cursor that the stores use. */
interface Rows extends Iterable<unknown> {
  toArray(): readonly unknown[];
  one(): unknown;
  /** To be read before anything else is executed. */
  readonly rowsWritten: number;
}

const statements = new WeakMap<DatabaseSync, Map<string, ReturnType<DatabaseSync["prepare"]>>>();

function statement(database: DatabaseSync, query: string): ReturnType<DatabaseSync["prepare"]> {
  const known = statements.get(database) ?? new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  statements.set(database, known);
  const prepared = known.get(query) ?? database.prepare(query);
  known.set(query, prepared);
  return prepared;
}

function rowsOf(database: DatabaseSync, rows: readonly unknown[]): Rows {
  return {
    toArray: () => rows,
    one: () => rows[0],
    get rowsWritten() {
      return Number(statement(database, "SELECT changes() AS written").get()?.["written"] ?? 0);
    },
    [Symbol.iterator]: () => rows[Symbol.iterator](),
  };
}
