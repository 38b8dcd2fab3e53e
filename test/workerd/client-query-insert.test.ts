import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { defineQueries } from "../../src/client/query/define-queries.ts";
import { InsertInterrupted } from "../../src/client/query/insert-interrupted.ts";
import type { BindValue } from "../../src/client/query/bind-value.ts";
import { queryRunner } from "../../src/client/query/query-runner.ts";
import type { QueryRunner } from "../../src/client/query/query-runner.ts";
import { recordingClient } from "../support/recording-client.ts";
import type { RecordingClient } from "../support/recording-client.ts";
import { seedOf } from "../support/seeded.ts";

const seed = seedOf("insertMany", env.TEST_SEED);
const db = env.CLIENT_DB;
const COLUMNS = ["t", "i", "r", "n", "b", "x"];
const TABLE =
  "CREATE TABLE kinds (id INTEGER PRIMARY KEY, t TEXT, i INTEGER, r REAL, n NUMERIC, b BLOB, x)";

let client: RecordingClient;
let run: QueryRunner<never>;

beforeEach(async () => {
  for (const database of [db, env.CLIENT_DB_TWIN]) {
    await database.exec("DROP TABLE IF EXISTS kinds");
    await database.exec(TABLE);
  }
  await db.exec("DROP TABLE IF EXISTS pairs");
  await db.exec("CREATE TABLE pairs (key TEXT PRIMARY KEY, value INTEGER NOT NULL, note TEXT)");
  client = recordingClient();
  run = queryRunner(db, client, defineQueries({}));
});

const statements = (name: string): number =>
  client.recorded.filter(({ operation }) => operation === name).length;

const rowsOf = async (database: D1Database, table: string): Promise<unknown> => {
  const exact = COLUMNS.map((c) => `${c}, typeof(${c}), hex(${c})`).join(", ");
  const what = table === "kinds" ? `id, ${exact}` : "*";
  return database.prepare(`SELECT ${what} FROM ${table} ORDER BY rowid`).raw();
};

const word = fc.constantFrom(
  "a",
  "1",
  "1.0",
  " 7 ",
  "1e3",
  "0x10",
  "\0",
  "\ud800",
  "\udc00x",
  "é",
  "😀",
  "'",
  '"',
  "\\",
  "\u2028",
  "\u007f",
  "null",
  "true",
  "{}",
  "[1]",
  "\n\t\b\f\r",
);
const jsonable: fc.Arbitrary<BindValue> = fc.oneof(
  fc.array(word, { maxLength: 4 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    2 ** 31,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    1e20,
    1e21,
    1e300,
    5e-324,
    0.1,
    1e15 + 0.5,
  ),
  fc.boolean(),
  fc.constant(null),
);
const anyValue: fc.Arbitrary<BindValue> = fc.oneof(
  { arbitrary: jsonable, weight: 60 },
  { arbitrary: fc.uint8Array({ maxLength: 6 }), weight: 1 },
  { arbitrary: fc.array(fc.nat(255), { maxLength: 4 }), weight: 1 },
);

test.each([
  ["JSON", jsonable],
  ["JSON and blobs", anyValue],
])("rows of %s read back as if each had been bound alone", async (name, value) => {
  const row = fc.record(Object.fromEntries(COLUMNS.map((column) => [column, value])));
  const rows =
    fc.sample(fc.array(row, { minLength: 400, maxLength: 400 }), { seed, numRuns: 1 })[0] ?? [];
  const result = await run.insertMany("kinds", rows);
  expect(result).toMatchObject({ rows: 400, batches: 1, changes: 400 });
  if (name === "JSON") expect(result.statements).toBe(1);
  else expect(result.statements).toBeGreaterThan(2);
  expect(statements("insert-kinds")).toBe(result.statements);
  const one = env.CLIENT_DB_TWIN.prepare(
    `INSERT INTO kinds (${COLUMNS.join()}) VALUES (?,?,?,?,?,?)`,
  );
  await env.CLIENT_DB_TWIN.batch(
    rows.map((each) => one.bind(...COLUMNS.map((column) => each[column]))),
  );
  expect(await rowsOf(db, "kinds")).toEqual(await rowsOf(env.CLIENT_DB_TWIN, "kinds"));
});

test("10,000 rows of four columns are one statement", async () => {
  await db.exec("DROP TABLE IF EXISTS many");
  await db.exec("CREATE TABLE many (id INTEGER PRIMARY KEY, name TEXT, channel TEXT, value REAL)");
  const rows = Array.from({ length: 10_000 }, (_, id) => ({
    id,
    name: `user-${id}`,
    channel: "meta",
    value: id / 7,
  }));
  const [first, ...rest] = rows;
  expect(await run.insertMany("many", rows)).toEqual({
    rows: 10_000,
    statements: 1,
    batches: 1,
    changes: 10_000,
  });
  const sum =
    "SELECT count(*) AS n, min(id) AS first, max(id) AS last, sum(value) AS total FROM many";
  const total = rows.reduce((all, { value }) => all + value, 0);
  const found = await db.prepare(sum).first();
  expect(found).toMatchObject({ n: 10_000, first: 0, last: 9_999 });
  expect(found?.["total"]).toBeCloseTo(total, 3);
  expect(await db.prepare("SELECT * FROM many WHERE id = 0").first()).toEqual(first);
  expect(rest).toHaveLength(9_999);
});

test("more rows than a transaction holds are several, and atomic refuses them", async () => {
  const text = "x".repeat(150_000);
  const rows = Array.from({ length: 70 }, (_, i) => ({ key: `k${i}`, value: i, note: text }));
  await expect(run.insertMany("pairs", rows, { atomic: true })).rejects.toThrow(
    /70 rows need 2 transactions, so they cannot be atomic.*Nothing was written/,
  );
  expect(client.recorded).toEqual([]);
  const result = await run.insertMany("pairs", rows);
  expect(result).toMatchObject({ rows: 70, batches: 2, changes: 70 });
  expect(await db.prepare("SELECT count(*) AS n FROM pairs").first("n")).toBe(70);
  await db.exec("DELETE FROM pairs");
  // The last one collides with the first: the second transaction fails, the first is written.
  const bad = rows.with(69, { key: "k0", value: 69, note: text });
  const error: unknown = await run.insertMany("pairs", bad).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InsertInterrupted);
  const written = error instanceof InsertInterrupted ? error.written : undefined;
  expect(await db.prepare("SELECT count(*) AS n FROM pairs").first("n")).toBe(written?.rows);
  expect(written).toMatchObject({ batches: 1, changes: written?.rows });
  expect(written?.rows).toBeGreaterThan(0);
  expect(String(error)).toMatch(
    /Transaction 2 of 2 failed; the first \d+ rows are written: .*UNIQUE/,
  );
});

test("a transaction that fails leaves nothing, and D1's own error", async () => {
  const rows = [1, 2, 1].map((n) => ({ key: `k${n}`, value: n }));
  const bare: unknown = await db
    .prepare("INSERT INTO pairs (key, value) VALUES ('k1', 1), ('k1', 1)")
    .run()
    .catch((thrown: unknown) => thrown);
  await expect(run.insertMany("pairs", rows)).rejects.toThrow(String(bare).replace(/^Error: /, ""));
  expect(await rowsOf(db, "pairs")).toEqual([]);
  await expect(run.insertMany("nowhere", rows)).rejects.toThrow(/no such table: nowhere/);
  await expect(run.insertMany("pairs", [{ nokey: 1 }])).rejects.toThrow(/no column named nokey/);
});

// 40 rows of 3 columns take one JSON statement, 2 rows one of values: both forms are held to it.
test.each([2, 40])("says what becomes of rows that collide, %i at a time", async (count) => {
  const rows = (from: number, value: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, value, note: `n${value}` }));
  const counts = async () => {
    const found = await db
      .prepare("SELECT value, note, count(*) FROM pairs GROUP BY value, note ORDER BY value")
      .raw();
    return found;
  };
  await run.insertMany("pairs", rows(0, 1));
  const ignored = await run.insertMany("pairs", rows(1, 2), { onConflict: "ignore" });
  expect(ignored).toMatchObject({ rows: count, statements: 1, changes: 1 });
  expect(await counts()).toEqual([
    [1, "n1", count],
    [2, "n2", 1],
  ]);
  await run.insertMany("pairs", rows(0, 3), { onConflict: { update: ["value"], on: ["key"] } });
  expect(await counts()).toEqual([
    [2, "n2", 1],
    [3, "n1", count],
  ]);
  await run.insertMany("pairs", rows(0, 4), { onConflict: "replace" });
  expect(await counts()).toEqual([
    [2, "n2", 1],
    [4, "n4", count],
  ]);
  // Ignoring a collision ignores nothing else.
  const nulls = rows(100, 5).map((row) => ({ ...row, value: null }));
  for (const onConflict of ["ignore", { update: ["value"], on: ["key"] }] as const) {
    await expect(run.insertMany("pairs", nulls, { onConflict })).rejects.toThrow(/NOT NULL/);
  }
  await expect(run.insertMany("pairs", rows(0, 6))).rejects.toThrow(/UNIQUE/);
});

test("the later of two rows that collide wins an update, as one after the other would", async () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ key: `k${i % 7}`, value: i, note: null }));
  await run.insertMany("pairs", rows, { onConflict: { update: ["value"], on: ["key"] } });
  const found = await db.prepare("SELECT key, value FROM pairs ORDER BY key").raw();
  expect(found).toEqual([98, 99, 93, 94, 95, 96, 97].map((value, i) => [`k${i}`, value]));
});

test("no rows are no call, and bad rows are none either", async () => {
  const nothing = { rows: 0, statements: 0, batches: 0, changes: 0 };
  expect(await run.insertMany("pairs", [])).toEqual(nothing);
  const good = { key: "a", value: 1 };
  const bad: [readonly unknown[], RegExp][] = [
    [[good, { key: "b" }], /^Row 1 lacks the column "value"/],
    [[good, { key: "b", value: undefined }], /^Row 1, column "value" is undefined/],
    [[{}], /no columns/],
    [[{ key: 10n }], /bigint/],
    [[{ key: "x".repeat(2_000_001) }], /^Row 0 has 2000001 bytes/],
    [[Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, i]))], /101 columns/],
    [Array.from({ length: 100_001 }, () => good), /100001 rows/],
  ];
  for (const [rows, why] of bad) {
    await expect(run.insertMany("pairs", rows as Record<string, BindValue>[])).rejects.toThrow(why);
  }
  await expect(run.insertMany("pairs", [good], { name: "Bad Name" })).rejects.toThrow(/no name/);
  await expect(run.insertMany("pairs", [good], { invalidates: [""] })).rejects.toThrow(/tag/);
  const long = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => ["😀".repeat(62) + `${i}`.padStart(3), i]),
  );
  const update = { update: Object.keys(long), on: Object.keys(long) };
  await expect(run.insertMany("pairs", [long], { onConflict: update })).rejects.toThrow(
    /names are too long/,
  );
  expect(client.recorded).toEqual([]);
  expect(await rowsOf(db, "pairs")).toEqual([]);
});

test("names go to D1 as they are, whatever is in them", async () => {
  await db.exec('DROP TABLE IF EXISTS "Order; --"');
  await db.exec('CREATE TABLE "Order; --" ("sel""ect" TEXT, "from" TEXT)');
  const rows = Array.from({ length: 60 }, (_, i) => ({ 'sel"ect': `a${i}`, from: "b" }));
  await run.insertMany("Order; --", rows, { columns: ["from", 'sel"ect'] });
  const found = await db.prepare('SELECT * FROM "Order; --"').all();
  expect(found.results).toEqual(rows);
  expect(statements("insert-many")).toBe(1);
  await run.insertMany("Order; --", rows.slice(0, 1), { name: "restock" });
  expect(statements("restock")).toBe(1);
});

test("a value of 2 MB fits", async () => {
  const blob = new Uint8Array(1_900_000).fill(200);
  const text = "\u0001".repeat(1_900_000);
  const rows = [
    { key: "blob", value: 1, note: blob },
    { key: "text", value: 2, note: text },
  ];
  await run.insertMany("pairs", rows);
  const read = await db
    .prepare("SELECT key, length(note) AS n, typeof(note) AS t FROM pairs ORDER BY key")
    .raw();
  expect(read).toEqual([
    ["blob", 1_900_000, "blob"],
    ["text", 1_900_000, "text"],
  ]);
});
