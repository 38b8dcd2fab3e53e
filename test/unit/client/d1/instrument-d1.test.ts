import { expect, expectTypeOf, test } from "vitest";

import { instrumentD1 } from "../../../../src/client/d1/instrument-d1.ts";
import type { D1Options, SlowQuery } from "../../../../src/client/d1/d1-options.ts";
import type { MeasureValues } from "../../../../src/measures.ts";
import { harness } from "../harness.ts";

interface Recorded {
  readonly target: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: string | undefined;
  readonly measures: MeasureValues | undefined;
}

/** A recorder whose clock the test moves, and what it was told. */
function recorderOf() {
  const recorded: Recorded[] = [];
  const failures: unknown[] = [];
  const clock = { now: 0 };
  return {
    recorded,
    failures,
    clock,
    record: (
      target: string,
      operation: string,
      durationMs: number,
      outcome?: string,
      measures?: MeasureValues,
    ) => void recorded.push({ target, operation, durationMs, outcome, measures }),
    stopwatch: () => clock.now,
    elapsedMs: (since: number) => clock.now - since,
    now: () => clock.now,
    noteFailure: (_where: string, error: unknown) => void failures.push(error),
  };
}

/** A database that answers what it is told to, after `tookMs`. */
function databaseOf(answer: () => unknown, tookMs = 0, clock = { now: 0 }) {
  const call = async (): Promise<never> => {
    clock.now += tookMs;
    return answer() as never;
  };
  const statement = { bind: () => statement, all: call, run: call, first: call, raw: call };
  const database = {
    prepare: () => statement,
    batch: call,
    exec: call,
    dump: call,
    withSession: () => database as never,
    getBookmark: () => "bookmark",
  };
  return database;
}

const META = {
  rows_read: 12,
  rows_written: 3,
  size_after: 4_096,
  duration: 9,
  timings: { sql_duration_ms: 4 },
};

function world(answer: () => unknown, tookMs: number, options?: D1Options) {
  const recorder = recorderOf();
  const bare = databaseOf(answer, tookMs, recorder.clock) as unknown as D1Database;
  return { ...recorder, bare, db: instrumentD1(bare, recorder, options) };
}

test("a query brings what its meta says, and waits what the engine did not work", async () => {
  const { db, recorded } = world(() => ({ results: [], meta: META }), 10);
  await db.prepare("-- name: q\nSELECT 1").all();
  expect(recorded).toEqual([
    {
      target: "d1",
      operation: "q",
      durationMs: 10,
      outcome: "ok",
      measures: { rowsRead: 12, rowsWritten: 3, sizeBytes: 4_096, sqlMs: 4, waitMs: 6 },
    },
  ]);
});

test.each([
  ["no timings", { duration: 9 }, { sqlMs: 9, waitMs: 1 }],
  ["an engine that says it took longer than the call", { duration: 90 }, { sqlMs: 90, waitMs: 0 }],
  ["no numbers", { rows_read: "7", rows_written: Number.NaN, size_after: -1, duration: null }, {}],
  ["numbers beyond all bounds", { rows_read: 2 ** 60, duration: Number.POSITIVE_INFINITY }, {}],
  ["nothing", undefined, {}],
  ["a word", "meta", {}],
])("of a meta with %s only what is right is recorded", async (_what, meta, measures) => {
  const { db, recorded, failures } = world(() => ({ meta }), 10);
  await db.prepare("SELECT 1").run();
  expect(recorded.map((timing) => timing.measures)).toEqual([measures]);
  expect(failures).toEqual([]);
});

test("first and raw have no meta: a column of that name is not taken for it", async () => {
  const { db, recorded } = world(() => ({ meta: META }), 10);
  await db.prepare("SELECT 1").first();
  await db.prepare("SELECT 1").raw();
  expect(recorded.map((timing) => timing.measures)).toEqual([{}, {}]);
});

test("a batch is its statements with the engine's time, and a round trip with the wait", async () => {
  const results = [{ meta: META }, { meta: { ...META, timings: { sql_duration_ms: 120 } } }];
  const { db, recorded } = world(() => results, 150);
  await db.batch([db.prepare("-- name: a\nSELECT 1").bind(1), db.prepare("-- name: b\nSELECT 1")]);
  const rows = { rowsRead: 12, rowsWritten: 3, sizeBytes: 4_096 };
  expect(recorded.map(({ target: _target, ...timing }) => timing)).toEqual([
    { operation: "a", durationMs: 4, outcome: "ok", measures: { ...rows, sqlMs: 4 } },
    { operation: "b", durationMs: 120, outcome: "ok", measures: { ...rows, sqlMs: 120, slow: 1 } },
    { operation: "batch", durationMs: 150, outcome: "ok", measures: { waitMs: 26, slow: 1 } },
  ]);
});

test("a batch's statements are named as they were when it was sent", async () => {
  const { db, recorded } = world(() => [{ meta: META }], 1);
  const statements = [db.prepare("-- name: sent\nSELECT 1")];
  const sent = db.batch(statements);
  statements[0] = db.prepare("-- name: swapped\nSELECT 1");
  await sent;
  expect(recorded.map((timing) => timing.operation)).toEqual(["sent", "batch"]);
});

test("slow from the threshold on, and not a moment before", async () => {
  const slow: SlowQuery[] = [];
  const options = {
    slowMs: 50,
    target: "d1.orders",
    onSlow: (query: SlowQuery) => void slow.push(query),
  };
  for (const tookMs of [49.999, 50]) {
    const { db, recorded } = world(() => ({ meta: META }), tookMs, options);
    await db.prepare("SELECT * FROM t WHERE a = 'secret'").all();
    expect(recorded[0]).toMatchObject({ target: "d1.orders", durationMs: tookMs });
    expect(recorded[0]?.measures?.slow).toBe(tookMs === 50 ? 1 : undefined);
  }
  expect(slow).toEqual([
    {
      name: expect.stringMatching(/^select\.t\.[0-9a-f]{8}$/),
      fingerprint: "SELECT * FROM t WHERE a = ?",
      durationMs: 50,
      sqlMs: 4,
      rowsRead: 12,
    },
  ]);
});

test("a slow batch is told by the names of its statements, whether it was done or not", async () => {
  const slow: SlowQuery[] = [];
  const onSlow = (query: SlowQuery): void => void slow.push(query);
  const named = (name: string): string => `-- name: ${name}\nSELECT 1`;
  const names = ["a", "b", "a", ...Array.from({ length: 20 }, (_, at) => `n${at}`)];
  const fails = (): never => {
    throw new Error("D1_ERROR: no");
  };
  for (const answer of [() => names.map(() => ({ meta: META })), fails]) {
    const { db } = world(answer, 150, { onSlow });
    await db.batch(names.map((name) => db.prepare(named(name)))).catch(() => undefined);
  }
  const quick = world(() => [{ meta: META }], 99, { onSlow });
  await quick.db.batch([quick.db.prepare(named("a"))]);
  const told = ["a ×2", "b", ...Array.from({ length: 18 }, (_, at) => `n${at}`)].join(", ");
  const fingerprint = `${told} and 2 more`;
  const batch = { name: "batch", fingerprint, durationMs: 150, sqlMs: undefined };
  expect(slow).toMatchObject([batch, batch]);
});

test("nameOf is asked once for each statement of a batch", async () => {
  const asked: string[] = [];
  const nameOf = (sql: string): string => {
    asked.push(sql);
    return "named";
  };
  const onSlow = (): void => undefined;
  const { db, recorded } = world(() => [{ meta: META }, {}], 150, { nameOf, onSlow });
  await db.batch([db.prepare("SELECT 1"), db.prepare("SELECT 2")]);
  expect(asked).toEqual(["SELECT 1", "SELECT 2"]);
  expect(recorded.map(({ operation }) => operation)).toEqual(["named", "batch"]);
});

test("what onSlow throws, at once or later, is noted and goes no further", async () => {
  const wrong: (() => unknown)[] = [
    () => {
      throw new Error("at once");
    },
    () => Promise.reject(new Error("later")),
  ];
  for (const onSlow of wrong) {
    const { db, recorded, failures } = world(() => [{ meta: META }, { meta: META }], 200, {
      slowMs: 0,
      onSlow: () => onSlow() as undefined,
    });
    await expect(db.batch([db.prepare("SELECT 1"), db.prepare("SELECT 2")])).resolves.toHaveLength(
      2,
    );
    expect(recorded.map((timing) => timing.operation.slice(0, 6))).toEqual([
      "select",
      "select",
      "batch",
    ]);
    await Promise.resolve();
    expect(failures).toHaveLength(3);
  }
});

test("a nameOf that throws is noted, and the fingerprint names the query", async () => {
  const nameOf = (): string => {
    throw new Error("no idea");
  };
  const { db, recorded, failures } = world(() => ({ meta: META }), 1, { nameOf });
  await db.prepare("SELECT * FROM t").all();
  expect(recorded[0]?.operation).toMatch(/^select\.t\./);
  expect(failures).toEqual([new Error("no idea")]);
});

test.each([
  ["ok", undefined],
  ["error", new Error("D1_ERROR: no such table: timeouts")],
  ["timeout", new DOMException("the time is over", "TimeoutError")],
  [
    "timeout",
    new Error(
      "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    ),
  ],
  ["error", "a string"],
  ["error", null],
])("%s: the caller gets the very error, %s", async (outcome, error) => {
  const { db, recorded } = world(() => {
    if (error !== undefined) throw error;
    return { meta: {} };
  }, 3);
  const calls = [
    () => db.prepare("SELECT 1").all(),
    () => db.prepare("SELECT 1").first(),
    () => db.batch([]),
    () => db.exec("SELECT 1"),
    () => db.withSession().prepare("SELECT 1").run(),
  ];
  for (const call of calls) {
    const thrown = await call().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(thrown).toBe(error);
  }
  expect(recorded.map((timing) => timing.outcome)).toEqual(calls.map(() => outcome));
  expect(recorded.map((timing) => timing.durationMs)).toEqual(calls.map(() => 3));
});

test("a rejection that nobody handles stays one: the promise is not swallowed", async () => {
  const { db } = world(() => {
    throw new Error("unhandled");
  }, 1);
  const seen: unknown[] = [];
  const listener = (reason: unknown) => void seen.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", listener);
  try {
    void db.prepare("SELECT 1").all();
    void db.batch([]);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", listener);
    for (const other of others) process.on("unhandledRejection", other);
  }
  expect(seen).toEqual([new Error("unhandled"), new Error("unhandled")]);
});

test("what is assigned, locked, new or without a promise is handed through", () => {
  const { db, bare, recorded } = world(() => undefined, 1);
  const own = () => Promise.resolve("own") as never;
  db.exec = own;
  expect(Reflect.get(bare, "exec")).toBe(own);
  const extended = instrumentD1(
    Object.assign(bare, {
      version: 7,
      self() {
        return this;
      },
      sync: () => 5,
    }),
    recorderOf(),
  );
  expect(extended.version).toBe(7);
  expect(extended.self()).toBe(extended);
  expect(extended.sync()).toBe(5);
  expect("version" in extended).toBe(true);
  expect(Object.keys(extended)).toEqual(Object.keys(bare));
  const frozen = Object.freeze(databaseOf(() => undefined)) as unknown as D1Database;
  const locked = instrumentD1(frozen, recorderOf());
  expect(Reflect.get(locked, "prepare")).toBe(Reflect.get(frozen, "prepare"));
  const sync = { prepare: () => ({ all: () => 3 }) } as unknown as D1Database;
  expect(instrumentD1(sync, recorderOf()).prepare("SELECT 1").all()).toBe(3);
  expect(recorded).toEqual([]);
});

test("methods of a class with private fields work, also those that are not known yet", async () => {
  class Native {
    #count = 0;
    prepare() {
      this.#count += 1;
      return this;
    }
    async all() {
      return { meta: { rows_read: this.#count } };
    }
    get prepared() {
      return this.#count;
    }
    future() {
      return this.#count;
    }
    async batch(statements: readonly Native[]) {
      return statements.map((statement) => statement.#count);
    }
  }
  const native = new Native();
  const recorder = recorderOf();
  const db = instrumentD1(native as never as D1Database, recorder) as never as Native & D1Database;
  await db.prepare("SELECT 1").all();
  expect(db.future()).toBe(1);
  expect(await db.batch([db.prepare("SELECT 1"), native] as never)).toEqual([2, 2]);
  expect(db.prepared).toBe(2);
  expect(db).toBeInstanceOf(Native);
  expect(recorder.recorded[0]?.measures).toEqual({ rowsRead: 1 });
});

test("a batch that cannot be read is the database's to refuse", async () => {
  const { db, failures } = world(() => "answered", 1);
  const hostile = new Proxy<D1PreparedStatement[]>([], {
    get(list, key) {
      if (key === "map") throw new Error("unreadable");
      return Reflect.get(list, key);
    },
  });
  await expect(db.batch(hostile)).resolves.toBe("answered");
  expect(failures).toEqual([new Error("unreadable")]);
  const refusing = new Proxy({}, { get: () => expect.fail("read") });
  await expect(db.batch([refusing as never])).resolves.toBe("answered");
});

test("without a database there is none, and that is noted", () => {
  const recorder = recorderOf();
  expect(instrumentD1(undefined as never, recorder)).toBe(undefined);
  expect(recorder.failures).toHaveLength(1);
});

test("wrapped again it is recorded once, by the later one", async () => {
  const { db, recorded } = world(() => ({ meta: META }), 1, { target: "d1.inner" });
  const outer = recorderOf();
  const twice = instrumentD1(db, outer, { target: "d1.outer" });
  await twice.batch([twice.prepare("SELECT 1")]);
  await twice.prepare("SELECT 1").bind().all();
  const session = instrumentD1(db.withSession(), outer, { target: "d1.session" });
  await session.prepare("SELECT 1").all();
  expect(recorded).toEqual([]);
  expect(outer.recorded.map(({ target }) => target)).toEqual([
    "d1.outer",
    "d1.outer",
    "d1.session",
  ]);
  expect(await twice.batch([db.prepare("SELECT 1")])).toMatchObject({ meta: META });
});

test("what somebody put around a wrapped database is not taken off", async () => {
  const { db, recorded } = world(() => ({ meta: META }), 1);
  let prepared = 0;
  const counting = new Proxy(db, {
    get(target, name) {
      if (name === "prepare") prepared += 1;
      return Reflect.get(target, name, target);
    },
  });
  const outer = recorderOf();
  await instrumentD1(counting, outer).prepare("SELECT 1").all();
  expect([prepared, recorded.length, outer.recorded.length]).toEqual([1, 1, 1]);
});

test("through the real client the timings are reported, and the books balance", async () => {
  const { request } = harness();
  const tacho = request();
  const db = instrumentD1(databaseOf(() => ({ meta: META })) as unknown as D1Database, tacho);
  await db.prepare("SELECT 1").all();
  await db.prepare("SELECT 1").first();
  await tacho.flush();
  const stats = tacho.stats();
  expect(stats).toMatchObject({ recorded: 2, acknowledged: 2 });
});

test("the types stay those of the bare database", () => {
  const { db, bare } = world(() => undefined, 1);
  expectTypeOf(db).toEqualTypeOf<D1Database>();
  expectTypeOf(instrumentD1(bare.withSession(), recorderOf())).toEqualTypeOf<D1DatabaseSession>();
  const statement = db.prepare("SELECT 1").bind(1);
  type Row = { readonly id: number };
  expectTypeOf(() => statement.first<Row>()).returns.resolves.toEqualTypeOf<Row | null>();
  expectTypeOf(() => statement.first<number>("id")).returns.resolves.toEqualTypeOf<number | null>();
  expectTypeOf(() => statement.all<Row>()).returns.resolves.toEqualTypeOf<D1Result<Row>>();
  expectTypeOf(() => db.batch<Row>([])).returns.resolves.toEqualTypeOf<D1Result<Row>[]>();
  expectTypeOf(() => statement.raw<[number]>({ columnNames: true })).returns.resolves.toEqualTypeOf<
    [string[], ...[number][]]
  >();
});
