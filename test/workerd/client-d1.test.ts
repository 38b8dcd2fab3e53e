import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";

import { instrumentD1 } from "../../src/client/d1/instrument-d1.ts";
import type { MeasureValues } from "../../src/measures.ts";
import { isName } from "../../src/names.ts";
import { seedOf } from "../support/seeded.ts";

// Every case runs on a wrapped database and on a bare one with the same contents, and has to end
// the same way on both. Times, and who served the query, are left out.

interface Recorded {
  readonly operation: string;
  readonly outcome: string | undefined;
  readonly measures: MeasureValues;
}

const recorded: Recorded[] = [];
const failures: unknown[] = [];
let ticks = 0;
/** Each reading of its stopwatch is 5 ms after the one before. */
const recorder = {
  record(
    target: string,
    operation: string,
    durationMs: number,
    outcome?: string,
    measures: MeasureValues = {},
  ): void {
    expect(target).toBe("d1");
    expect(isName(operation), operation).toBe(true);
    expect(durationMs).toBeGreaterThanOrEqual(0);
    recorded.push({ operation, outcome, measures });
  },
  stopwatch: () => (ticks += 5),
  elapsedMs: (since: number) => (ticks += 5) - since,
  now: () => 0,
  noteFailure: (_where: string, error: unknown) => void failures.push(error),
};

const bare = env.CLIENT_DB_TWIN;
const wrapped = instrumentD1(env.CLIENT_DB, recorder);

const SCHEMA = [
  "DROP TABLE IF EXISTS users",
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INTEGER, score REAL, data BLOB)",
  "INSERT INTO users VALUES (1, 'ana@example.com', 31, 1.5, x'00ff'), (2, 'bia@example.com', NULL, -2, NULL)",
].join("\n");

beforeEach(async () => {
  await Promise.all([env.CLIENT_DB.exec(SCHEMA), bare.exec(SCHEMA)]);
  recorded.length = 0;
  failures.length = 0;
});

/** An error as far as anybody can see it. */
function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error };
  const { name, message, cause } = error;
  return {
    class: error.constructor.name,
    name,
    // A stack of the simulator's own code stands in some, with its line numbers: that stays.
    message,
    own: Object.getOwnPropertyNames(error).toSorted(),
    cause: cause === undefined ? undefined : shownError(cause),
  };
}

const TIMES = new Set(["duration", "timings", "served_by", "sql_duration_ms"]);

function shown(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  // The names stay, and their order; what they hold goes.
  return entries.map(([name, held]) => [name, TIMES.has(name) ? typeof held : shown(held)]);
}

/** How a call ends: at once or later, with what. */
async function endOf(call: () => unknown): Promise<unknown> {
  let started: unknown;
  try {
    started = call();
  } catch (error) {
    return { threw: shownError(error) };
  }
  const isPromise = started instanceof Promise;
  const kind = isPromise ? Object.getPrototypeOf(started) === Promise.prototype : typeof started;
  try {
    return { kind, value: shown(await started) };
  } catch (error) {
    return { kind, rejected: shownError(error) };
  }
}

type Run = (db: D1Database) => unknown;

const BY_ID = "-- name: by-id\nSELECT * FROM users WHERE id = ?";
const ADD = "-- name: add\nINSERT INTO users (id, email, age, score, data) VALUES (?, ?, ?, ?, ?)";
const never = (value: unknown): never => value as never;
const property = (of: unknown, name: string): unknown => Reflect.get(Object(of), name);
/** Calls a method without an object, or with arguments that its type forbids. */
const callOf = (of: unknown, name: string, self: unknown, ...args: unknown[]): unknown =>
  Reflect.apply(property(of, name) as () => unknown, self, args);
const MEGABYTE = `-- name: mega\nSELECT '${"x".repeat(1_000_000)}' AS big`;

/** What to run, and what is recorded of it: operation, outcome. */
const cases: [what: string, run: Run, recorded: string[]][] = [
  ["all", (db) => db.prepare(BY_ID).bind(1).all(), ["by-id ok"]],
  ["all without rows", (db) => db.prepare(BY_ID).bind(99).all(), ["by-id ok"]],
  ["run", (db) => db.prepare(BY_ID).bind(1).run(), ["by-id ok"]],
  ["run that writes", (db) => db.prepare(ADD).bind(3, "c@x", 1, 2.5, null).run(), ["add ok"]],
  ["first", (db) => db.prepare(BY_ID).bind(1).first(), ["by-id ok"]],
  ["first without rows", (db) => db.prepare(BY_ID).bind(99).first(), ["by-id ok"]],
  ["first of a column", (db) => db.prepare(BY_ID).bind(1).first("email"), ["by-id ok"]],
  ["first of a NULL", (db) => db.prepare(BY_ID).bind(2).first("age"), ["by-id ok"]],
  [
    "first of a column that is missing",
    (db) => db.prepare(BY_ID).bind(1).first("nope"),
    ["by-id error"],
  ],
  ["first of undefined", (db) => db.prepare(BY_ID).bind(1).first(never(undefined)), ["by-id ok"]],
  ["raw", (db) => db.prepare(BY_ID).bind(1).raw(), ["by-id ok"]],
  [
    "raw with column names",
    (db) => db.prepare(BY_ID).bind(1).raw({ columnNames: true }),
    ["by-id ok"],
  ],
  ["raw without rows", (db) => db.prepare(BY_ID).bind(9).raw({ columnNames: true }), ["by-id ok"]],
  ["raw of null", (db) => db.prepare(BY_ID).bind(1).raw(never(null)), ["by-id ok"]],
  ["a syntax error", (db) => db.prepare("-- name: q\nSELEC 1").all(), ["q error"]],
  ["a syntax error, first", (db) => db.prepare("-- name: q\nSELEC 1").first(), ["q error"]],
  ["a syntax error, raw", (db) => db.prepare("-- name: q\nSELEC 1").raw(), ["q error"]],
  [
    "a table that is missing",
    (db) => db.prepare("-- name: q\nSELECT * FROM nope").run(),
    ["q error"],
  ],
  ["a constraint", (db) => db.prepare(ADD).bind(1, "z@x", 1, 1, null).run(), ["add error"]],
  [
    "a NULL that must not be",
    (db) => db.prepare(ADD).bind(7, null, 1, 1, null).run(),
    ["add error"],
  ],
  ["too few binds", (db) => db.prepare(ADD).bind(1).run(), ["add error"]],
  ["no binds", (db) => db.prepare(BY_ID).all(), ["by-id error"]],
  ["too many binds", (db) => db.prepare(BY_ID).bind(1, 2, 3).all(), ["by-id error"]],
  ["undefined bound", (db) => db.prepare(BY_ID).bind(undefined), []],
  ["a bigint bound", (db) => db.prepare(BY_ID).bind(1n), []],
  ["a symbol bound", (db) => db.prepare(BY_ID).bind(Symbol("s")), []],
  ["a function bound", (db) => db.prepare(BY_ID).bind(() => 1), []],
  ["an object bound", (db) => db.prepare(BY_ID).bind({ a: 1 }), []],
  ["NaN bound", (db) => db.prepare("-- name: q\nSELECT ? AS v").bind(Number.NaN).all(), ["q ok"]],
  [
    "values of all types",
    (db) =>
      db
        .prepare("-- name: q\nSELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f, ? AS g")
        .bind(null, true, 1.25, "ção'💥", new Uint8Array([0, 255]), new ArrayBuffer(2), [1, 2])
        .all(),
    ["q ok"],
  ],
  [
    "a statement that was bound is bound again",
    (db) => db.prepare(BY_ID).bind(1).bind(2).all(),
    ["by-id ok"],
  ],
  [
    "one statement run many times",
    async (db) => {
      const statement = db.prepare(BY_ID);
      const bound = statement.bind(1);
      return [
        await bound.all(),
        await bound.first(),
        await statement.bind(2).raw(),
        await bound.all(),
      ];
    },
    ["by-id ok", "by-id ok", "by-id ok", "by-id ok"],
  ],
  ["1 MB of SQL", (db) => db.prepare(MEGABYTE).all(), ["mega ?"]],
  ["empty SQL", (db) => db.prepare("").all(), ["sql.811c9dc5 error"]],
  ["a comment only", (db) => db.prepare("-- name: none").all(), ["none error"]],
  ["SQL that is undefined", (db) => db.prepare(never(undefined)).all(), ["sql.811c9dc5 error"]],
  ["SQL that is a number", (db) => db.prepare(never(7)).first(), ["sql.811c9dc5 error"]],
  ["SQL that is an object", (db) => db.prepare(never({})).run(), ["sql.811c9dc5 error"]],
  [
    "no SQL at all",
    (db) => ((s) => callOf(s, "all", s))(callOf(db, "prepare", db)),
    ["sql.811c9dc5 error"],
  ],
  [
    "a name that is none",
    (db) => db.prepare("-- name: ByID\nSELECT 1 AS one").all(),
    ["select.63d0d0f5 ok"],
  ],
  [
    "batch",
    (db) => db.batch([db.prepare(BY_ID).bind(1), db.prepare(ADD).bind(4, "d@x", 1, 1, null)]),
    ["by-id ok", "add ok", "batch ok"],
  ],
  ["batch of one", (db) => db.batch([db.prepare(BY_ID).bind(1)]), ["by-id ok", "batch ok"]],
  ["batch of nothing", (db) => db.batch([]), ["batch error"]],
  [
    "batch in which one fails: nothing of it is done",
    async (db) => {
      const add = db.prepare(ADD);
      const end = await endOf(() =>
        db.batch([add.bind(5, "e@x", 1, 1, null), add.bind(1, "f@x", 1, 1, null)]),
      );
      return [end, await db.prepare(BY_ID).bind(5).first()];
    },
    ["batch error", "by-id ok"],
  ],
  [
    "batch of the same statement twice",
    (db) => ((s) => db.batch([s, s]))(db.prepare(BY_ID).bind(1)),
    ["by-id ok", "by-id ok", "batch ok"],
  ],
  ["batch of no list", (db) => db.batch(never(undefined)), ["batch error"]],
  ["batch of null", (db) => db.batch(never(null)), ["batch error"]],
  ["batch of a string", (db) => db.batch(never("SELECT 1")), ["batch error"]],
  ["batch of a number in a list", (db) => db.batch([never(1)]), ["batch error"]],
  ["batch of null in a list", (db) => db.batch([never(null)]), ["batch error"]],
  ["batch of undefined in a list", (db) => db.batch([never(undefined)]), ["batch error"]],
  [
    "batch of a foreign object",
    (db) => db.batch([never({ statement: "SELECT 1 AS x", params: [] })]),
    ["select.c5c6d6e0 ok", "batch ok"],
  ],
  ["batch of a set", (db) => db.batch(never(new Set())), ["batch error"]],
  ["batch of no argument", (db) => callOf(db, "batch", db), ["batch error"]],
  ["exec", (db) => db.exec("SELECT 1"), ["exec ok"]],
  [
    "exec of many lines",
    (db) => db.exec("SELECT 1;\nSELECT 2;\nUPDATE users SET age = 1"),
    ["exec ok"],
  ],
  ["exec that fails in a line", (db) => db.exec("SELECT 1;\nSELEC 2"), ["exec error"]],
  ["exec of nothing", (db) => db.exec(""), ["exec error"]],
  ["exec of undefined", (db) => db.exec(never(undefined)), ["exec error"]],
  // oxlint-disable-next-line typescript/no-deprecated -- a database has it, so it is passed on
  ["dump", (db) => db.dump(), ["dump error"]],
  ["a session", (db) => db.withSession().prepare(BY_ID).bind(1).all(), ["by-id ok"]],
  ...[
    "first-primary",
    "first-unconstrained",
    "",
    "  ",
    "0000-0000",
    "nonsense",
    undefined,
    null,
  ].map((constraint): [string, Run, string[]] => [
    `a session of ${JSON.stringify(constraint)}`,
    async (db) => {
      const session = db.withSession(never(constraint));
      const before = session.getBookmark();
      const rows = await session.prepare(BY_ID).bind(1).first();
      const batch = await session.batch([session.prepare(ADD).bind(6, "g@x", 1, 1, null)]);
      return [before, rows, batch, typeof session.getBookmark(), property(session, "exec")];
    },
    ["by-id ok", "add ok", "batch ok"],
  ]),
  ["a session of a number", (db) => db.withSession(never(5)), []],
  ["a session's error", (db) => db.withSession().prepare("-- name: q\nSELEC").all(), ["q error"]],
];

test.each(cases)("%s: the same wrapped and bare", async (what, run, told) => {
  const [onWrapped, onBare] = [await endOf(() => run(wrapped)), await endOf(() => run(bare))];
  expect(onWrapped).toEqual(onBare);
  const isKnown = what !== "1 MB of SQL";
  const lines = recorded.map(({ operation, outcome }) => `${operation} ${isKnown ? outcome : "?"}`);
  const anyHash = (line: string): string => line.replace(/select\.[0-9a-f]{8}/, "select.#");
  expect(lines.map(anyHash)).toEqual(told.map(anyHash));
  expect(failures).toHaveLength(what === "a name that is none" ? 1 : 0);
});

test("what D1 says of a query is recorded with it", async () => {
  await wrapped.prepare(BY_ID).bind(1).all();
  await wrapped.prepare(ADD).bind(3, "c@x", 1, 2, null).run();
  await wrapped.prepare(BY_ID).bind(1).first();
  await wrapped.batch([
    wrapped.prepare(BY_ID).bind(1),
    wrapped.prepare(ADD).bind(4, "d@x", 1, 2, null),
  ]);
  const [read, written, silent, batchRead, batchWritten, batch] = recorded.map(
    ({ measures }) => measures,
  );
  const time = {
    sqlMs: expect.any(Number),
    waitMs: expect.any(Number),
    sizeBytes: expect.any(Number),
  };
  expect(read).toEqual({ rowsRead: 1, rowsWritten: 0, ...time });
  expect(written).toEqual({ rowsRead: expect.any(Number), rowsWritten: 2, ...time });
  expect(silent).toEqual({});
  expect(batchRead).toEqual({
    rowsRead: 1,
    rowsWritten: 0,
    sqlMs: time.sqlMs,
    sizeBytes: time.sizeBytes,
  });
  expect(batchWritten).toMatchObject({ rowsWritten: 2 });
  expect(batch).toEqual({ waitMs: expect.any(Number) });
  expect(read?.sizeBytes).toBeGreaterThan(0);
});

/** Neither can be cloned; why, the runtime says in its own words of a proxy. */
function cloneError(value: unknown): string {
  try {
    structuredClone(value);
    return "cloned";
  } catch (error) {
    return error instanceof DOMException ? error.name : "another error";
  }
}

describe("what it is", () => {
  const looks: [what: string, look: (db: D1Database) => unknown][] = [
    [
      "the class of a database",
      (db) => [db.constructor.name, callOf(db, "toString", db), typeof db],
    ],
    ["the keys of a database", (db) => [Object.keys(db), "prepare" in db, "nope" in db]],
    ["all of its names", (db) => [Reflect.ownKeys(db), Reflect.ownKeys(Object.getPrototypeOf(db))]],
    ["a property that there is not", (db) => property(db, "nope")],
    [
      "its methods",
      (db) =>
        ["prepare", "batch", "exec", "withSession"].map((name) => [
          property(property(db, name), "name"),
          property(property(db, name), "length"),
        ]),
    ],
    [
      "methods that stay themselves",
      (db) => [db.prepare === db.prepare, db.prepare("").all === db.prepare("").all],
    ],
    [
      "the class of a statement",
      (db) => [db.prepare("").constructor.name, ((s) => callOf(s, "toString", s))(db.prepare(""))],
    ],
    [
      "the keys of a statement",
      (db) => [Object.keys(db.prepare("a")), Reflect.ownKeys(db.prepare("a"))],
    ],
    [
      "what a statement holds",
      (db) => [
        property(db.prepare("a").bind(1, "x"), "statement"),
        property(db.prepare("a").bind(1, "x"), "params"),
      ],
    ],
    ["a statement as JSON", (db) => JSON.stringify(db.prepare("a").bind(1))],
    [
      "a statement is no promise",
      async (db) => ((s) => Promise.resolve(s).then((same) => same === s))(db.prepare("a")),
    ],
    ["bind makes another statement", (db) => ((s) => s.bind() === s)(db.prepare("a"))],
    ["a statement's clone", (db) => cloneError(db.prepare("a"))],
    ["a database's clone", (db) => cloneError(db)],
    ["prepare by itself", (db) => callOf(db, "prepare", undefined, "SELECT 1")],
    ["batch by itself", (db) => callOf(db, "batch", undefined, [])],
    ["all by itself", (db) => callOf(db.prepare("SELECT 1"), "all", undefined)],
    ["bind by itself", (db) => callOf(db.prepare("SELECT 1"), "bind", undefined, 1)],
    ["all of something else", (db) => callOf(db.prepare("SELECT 1"), "all", {})],
    [
      "the class of a session",
      (db) => [db.withSession().constructor.name, Object.keys(db.withSession())],
    ],
    [
      "an enumeration",
      (db) => {
        const names: string[] = [];
        for (const name in db) names.push(name);
        return names;
      },
    ],
    ["what cannot be written", (db) => Object.getOwnPropertyDescriptor(db, "fetcher")?.writable],
  ];

  test.each(looks)("%s: the same wrapped and bare", async (_what, look) => {
    expect(await endOf(() => look(wrapped))).toEqual(await endOf(() => look(bare)));
    expect(failures).toEqual([]);
  });

  test("it is an instance of what the bare one is of", () => {
    expect(wrapped).toBeInstanceOf(env.CLIENT_DB.constructor);
    expect(wrapped.constructor).toBe(env.CLIENT_DB.constructor);
    const statement = env.CLIENT_DB.prepare("SELECT 1");
    expect(Object.getPrototypeOf(wrapped.prepare("a"))).toBe(Object.getPrototypeOf(statement));
    expect(Object.getPrototypeOf(wrapped)).toBe(Object.getPrototypeOf(env.CLIENT_DB));
    expect(wrapped.withSession()).toBeInstanceOf(env.CLIENT_DB.withSession().constructor);
  });
});

test("wrapped and bare statements mix, whoever runs the batch", async () => {
  const of = (db: D1Database): D1PreparedStatement => db.prepare(BY_ID).bind(1);
  const mixed = (): D1PreparedStatement[] => [
    of(env.CLIENT_DB),
    of(wrapped),
    of(wrapped.withSession() as never),
  ];
  const expected = shown(await bare.batch([of(bare), of(bare), of(bare)]));
  expect(shown(await wrapped.batch(mixed()))).toEqual(expected);
  expect(recorded.map(({ operation }) => operation)).toEqual(["by-id", "by-id", "by-id", "batch"]);
  expect(shown(await env.CLIENT_DB.batch(mixed()))).toEqual(expected);
  expect(recorded, "the bare database records nothing").toHaveLength(4);
});

test("a session sees its own writes and its bookmark moves with it", async () => {
  const session = wrapped.withSession("first-primary");
  expect(session.getBookmark()).toBe(null);
  await session.prepare(ADD).bind(8, "h@x", 1, 1, null).run();
  const bookmark = session.getBookmark();
  const twin = bare.withSession("first-primary");
  await twin.prepare(ADD).bind(8, "h@x", 1, 1, null).run();
  expect(typeof bookmark).toBe(typeof twin.getBookmark());
  expect(await session.prepare(BY_ID).bind(8).first("email")).toBe("h@x");
});

const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.boolean(),
  fc.constantFrom(null, undefined, 1n),
  fc.uint8Array({ maxLength: 8 }),
);
const query = fc.oneof(
  fc.constantFrom(
    BY_ID,
    ADD,
    "SELECT count(*) AS n FROM users",
    "UPDATE users SET age = ? WHERE id = ?",
    "DELETE FROM users WHERE id > ? RETURNING *",
    "SELECT ? AS a, ? AS a",
    'SELECT "?" FROM users',
    "SELECT 1; SELECT 2",
  ),
  fc.string({ maxLength: 10 }),
);
const statement = fc.tuple(query, fc.option(fc.array(value, { maxLength: 5 }), { nil: undefined }));
const method = fc.constantFrom("all", "run", "first", "raw", "column", "batch", "exec", "session");

function perform(
  db: D1Database,
  how: string,
  statements: readonly (readonly [string, unknown[] | undefined])[],
): unknown {
  const [sql, binds] = statements[0] ?? ["", undefined];
  const on = how === "session" ? db.withSession() : db;
  const prepared = (text: string, values: unknown[] | undefined): D1PreparedStatement =>
    values === undefined ? on.prepare(text) : on.prepare(text).bind(...values);
  if (how === "exec") return db.exec(sql);
  if (how === "batch") return db.batch(statements.map(([text, values]) => prepared(text, values)));
  const first = prepared(sql, binds);
  if (how === "column") return first.first("age");
  if (how === "raw") return first.raw({ columnNames: true });
  if (how === "first") return first.first();
  return how === "run" ? first.run() : first.all();
}

test("any sequence of calls ends the same wrapped and bare", { timeout: 120_000 }, async () => {
  const call = fc.tuple(method, fc.array(statement, { maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
      await Promise.all([env.CLIENT_DB.exec(SCHEMA), bare.exec(SCHEMA)]);
      for (const [how, statements] of calls) {
        const onWrapped = await endOf(() => perform(wrapped, how, statements));
        expect(onWrapped).toEqual(await endOf(() => perform(bare, how, statements)));
      }
      const table = "SELECT * FROM users ORDER BY id";
      expect(shown(await wrapped.prepare(table).all())).toEqual(
        shown(await bare.prepare(table).all()),
      );
      expect(failures).toEqual([]);
    }),
    { seed: seedOf("wrapped D1", env.TEST_SEED), numRuns: 60 },
  );
});
