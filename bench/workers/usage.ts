import { aheadMs } from "./shifted-clock.ts";

/** What statements of a kind wrote. */
export interface Writes {
  /** Those that wrote anything. */
  statements: number;
  rows: number;
}

/** What a run used of what the platform bills. Everything counts up. */
export interface Usage {
  /** Requests to the entry Worker: HTTP, and RPC over service bindings. */
  workerRequests: number;
  /** Requests to Durable Objects by class: RPC, HTTP, alarms, messages of sockets. */
  objectRequests: Record<string, number>;
  /** Rows of Durable Objects' SQLite. */
  rowsRead: number;
  rowsWritten: number;
  /** The same by what was done to which table: `UPDATE log`. */
  writes: Record<string, Writes>;
  /** Each is a row written, too; not counted there. */
  alarmsSet: number;
  /** Statements and rows of D1: of batches, `all()` and `run()`. */
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
  writes: {},
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
      if (cursor.rowsWritten > 0) noteWrite(query, cursor.rowsWritten);
    });
    return cursor;
  }) as typeof sql.exec;
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (at, ...args) => {
    usage.alarmsSet += 1;
    return setAlarm(Number(at) - aheadMs(), ...args);
  };
  const getAlarm = storage.getAlarm.bind(storage);
  storage.getAlarm = async (...args) => {
    const at = await getAlarm(...args);
    return at === null ? null : at + aheadMs();
  };
  return ctx;
}

const WRITE = /^\s*(INSERT|UPDATE|DELETE)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+)?(\w+)/i;

function noteWrite(query: string, rows: number): void {
  const [, verb = "", table = ""] = WRITE.exec(query) ?? [];
  const writes = (usage.writes[`${verb.toUpperCase()} ${table}`.trim() || "other"] ??= {
    statements: 0,
    rows: 0,
  });
  writes.statements += 1;
  writes.rows += rows;
}

/** A database that counts what batches do, and what statements do by `all()` and `run()`. */
export function countedDatabase(database: D1Database): D1Database {
  /** What D1 knows: it takes no other statements than its own in a batch. */
  const own = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = proxyOf(statement, {
      bind: (...values: unknown[]) => counted(statement.bind(...values)),
      all: async () => countResult(await statement.all()),
      run: async () => countResult(await statement.run()),
    });
    own.set(proxy, statement);
    return proxy;
  };
  return proxyOf(database, {
    prepare: (query: string) => counted(database.prepare(query)),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await database.batch(statements.map((one) => own.get(one) ?? one));
      for (const result of results) countResult(result);
      return results;
    },
  });
}

/** The same, but for some methods. */
function proxyOf<Target extends object>(
  target: Target,
  replaced: Readonly<Record<string, unknown>>,
): Target {
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === "string" && Object.hasOwn(replaced, key)) return replaced[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function countResult<Result extends D1Result>(result: Result): Result {
  usage.d1Statements += 1;
  usage.d1RowsRead += result.meta.rows_read;
  usage.d1RowsWritten += result.meta.rows_written;
  return result;
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
      configurable: true,
      value: function (this: unknown, ...args: unknown[]): unknown {
        usage.objectRequests[name] = (usage.objectRequests[name] ?? 0) + 1;
        return call.apply(this, args);
      },
    });
  }
}
