/** What a run used of what the platform bills. Everything counts up. */
export interface Usage {
  /** Requests to the entry Worker: HTTP, and RPC over service bindings. */
  workerRequests: number;
  /** Requests to Durable Objects by class: RPC, HTTP, alarms, messages of sockets. */
  objectRequests: Record<string, number>;
  /** Rows of Durable Objects' SQLite. */
  rowsRead: number;
  rowsWritten: number;
  /** Each is a row written, too; not counted there. */
  alarmsSet: number;
  /** Statements and rows of D1, of batches alone. */
  d1Statements: number;
  d1RowsRead: number;
  d1RowsWritten: number;
}

/** A Worker of workerd is one isolate, objects and entry together: so there is one such count. */
export const usage: Usage = {
  workerRequests: 0,
  objectRequests: {},
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  d1Statements: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
};

/** Counts what an object does with its storage from now on. */
export function countStorage(ctx: DurableObjectState): DurableObjectState {
  const { storage } = ctx;
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  sql.exec = ((query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings);
    // Known when the statement has run, which is at once for what writes; reads go on as rows are
    // taken, which all of the project's statements are in the same turn.
    queueMicrotask(() => {
      usage.rowsRead += cursor.rowsRead;
      usage.rowsWritten += cursor.rowsWritten;
    });
    return cursor;
  }) as typeof sql.exec;
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (...args) => {
    usage.alarmsSet += 1;
    return setAlarm(...args);
  };
  return ctx;
}

/** A database that counts what batches do. */
export function countedDatabase(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key !== "batch") return value.bind(target);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        usage.d1Statements += statements.length;
        for (const { meta } of results) {
          usage.d1RowsRead += meta.rows_read;
          usage.d1RowsWritten += meta.rows_written;
        }
        return results;
      };
    },
  });
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

/** Counts every call of a class's public methods, which is what reaches an object from outside. */
export function countRequests(
  name: string,
  counted: { readonly prototype: object },
  product: { readonly prototype: object },
): void {
  for (const method of Object.getOwnPropertyNames(product.prototype)) {
    const call = (product.prototype as Methods)[method];
    if (method === "constructor" || typeof call !== "function") continue;
    Object.defineProperty(counted.prototype, method, {
      value: function (this: unknown, ...args: unknown[]): unknown {
        usage.objectRequests[name] = (usage.objectRequests[name] ?? 0) + 1;
        return call.apply(this, args);
      },
    });
  }
}
