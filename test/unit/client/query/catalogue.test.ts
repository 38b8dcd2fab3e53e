import { expect, test } from "vitest";
import type { QueryDefinition } from "../../../../src/client/query/query-catalogue.ts";
import { defineQueries } from "../../../../src/client/query/define-queries.ts";
import { checkPlace } from "../../../../src/client/query/insert-sql.ts";
import type { OnConflict } from "../../../../src/client/query/insert-sql.ts";
import { readRows } from "../../../../src/client/query/read-rows.ts";
import type { RowInput } from "../../../../src/client/query/read-rows.ts";

const define = (name: string, query: Partial<QueryDefinition>) => () =>
  defineQueries({ [name]: { sql: "SELECT 1", ...query } });

test("knows its queries by name, and tells near ones", () => {
  const queries = defineQueries({
    "journey-by-user": { sql: "SELECT 1" },
    "journey-by-uses": { sql: "SELECT 2" },
    "add-touchpoint": { sql: "INSERT INTO t VALUES (?1)", invalidates: ["journeys"] },
  });
  expect(queries.find("add-touchpoint")).toMatchObject({
    name: "add-touchpoint",
    namedSql: "/* name: add-touchpoint */ INSERT INTO t VALUES (?1)",
  });
  expect(() => queries.find("journy-by-user")).toThrow(
    'There is no query "journy-by-user". Did you mean "journey-by-user" or "journey-by-uses"?',
  );
  expect(() => queries.find("nothing")).toThrow(
    /There are: journey-by-user, journey-by-uses, add-touch/,
  );
  for (const name of ["constructor", "__proto__", "toString", ""]) {
    expect(queries.has(name)).toBe(false);
    expect(() => queries.find(name)).toThrow(TypeError);
  }
  expect(() => queries.find("x".repeat(1_000_000))).toThrow(/^There is no query "x{80}…"/);
});

test("refuses at definition what could not work later", () => {
  expect(define("Big Name", {})).toThrow(/"Big Name" has no valid name/);
  expect(define("x".repeat(65), {})).toThrow(/no valid name/);
  expect(define("a", { sql: "" })).toThrow(/no statement/);
  expect(define("a", { sql: " -- nothing\n/* at all" })).toThrow(/no statement/);
  expect(define("a", { sql: `SELECT '${"x".repeat(1_000_000)}'` })).toThrow(
    /D1 takes at most 100000/,
  );
  // The comment that names it counts.
  expect(define("a", { sql: `SELECT '${"é".repeat(49_995)}'` })).toThrow(/bytes of SQL/);
  expect(define("a", { sql: `SELECT '${"é".repeat(49_975)}'` })).not.toThrow();
  expect(define("a", { sql: undefined as unknown as string })).toThrow(/has no sql/);
  expect(define("a", { cache: { kind: "a:b" } })).toThrow(/no name of a kind/);
  expect(define("a", { cache: { kind: "k", ttlMs: 0 } })).toThrow(/ttlMs/);
  for (const ttlMs of [NaN, 0.5, -1, 30 * 86_400_000 + 1, Infinity, "1" as unknown as number]) {
    expect(define("a", { cache: { kind: "k", ttlMs } })).toThrow(
      /ttlMs that is not 1 to 2592000000/,
    );
  }
  for (const ttlMs of [1, 30 * 86_400_000]) {
    expect(define("a", { cache: { kind: "k", ttlMs } })).not.toThrow();
  }
  expect(define("a", { cache: { kind: "k", tags: [""] } })).toThrow(/tag/);
  expect(define("a", { invalidates: ["x".repeat(129)] })).toThrow(/tag/);
  expect(define("a", { invalidates: Array.from({ length: 17 }, String) })).toThrow(/17 tags/);
  expect(define("a", { cache: { kind: "k" }, invalidates: ["t"] })).toThrow(
    /a write is never cached/,
  );
  for (const sql of [
    "INSERT INTO t VALUES (1)",
    "/* SELECT */ DELETE FROM t",
    "'SELECT'",
    "SELECT 1; DELETE FROM t",
    "WITH x AS (SELECT 1) DELETE FROM t RETURNING id",
  ]) {
    expect(define("a", { sql, cache: { kind: "k" } })).toThrow(/not one statement that reads/);
  }
  expect(
    define("a", { sql: "-- x\n with t AS (SELECT 1) SELECT 1", cache: { kind: "k" } }),
  ).not.toThrow();
  const many = Object.fromEntries(
    Array.from({ length: 501 }, (_, i) => [`q${i}`, { sql: "SELECT 1" }]),
  );
  expect(() => defineQueries(many)).toThrow(/501 queries/);
});

test("refuses what it would pass over: strange fields, and what is no object or list", () => {
  const given = (query: unknown) => () => defineQueries({ a: query as QueryDefinition });
  const sql = "SELECT 1";
  const refused: readonly (readonly [query: unknown, says: string])[] = [
    [null, 'The query "a" is not an object: write { sql: "SELECT …" }'],
    [undefined, "is not an object"],
    [sql, "is not an object"],
    [[sql], "is not an object"],
    [{ sql, cahce: { kind: "k" } }, "has an unknown field cahce. Is it cache?"],
    [{ sql, zzzzz: 1 }, "has an unknown field zzzzz. There are sql, cache, invalidates"],
    [{ sql, [`x${"y".repeat(1_000_000)}`]: 1 }, `unknown field x${"y".repeat(79)}…. There are`],
    [{ sql, cache: { kind: "k", ttlMS: 1 } }, "unknown field cache.ttlMS. Is it cache.ttlMs?"],
    [{ sql, cache: null }, "has a cache that is not an object"],
    [{ sql, cache: "k" }, "has a cache that is not an object"],
    [{ sql, cache: {} }, "is cached under what is no name of a kind"],
    [{ sql, cache: { kind: "k", tags: "abc" } }, "has cache.tags that are not a list"],
    [{ sql, cache: { kind: "k", tags: null } }, "has cache.tags that are not a list"],
    [{ sql, cache: { kind: "k", tags: [7] } }, "has a tag that is not a text"],
    [{ sql, invalidates: "abc" }, "has invalidates that are not a list"],
    [{ sql, invalidates: new Set(["t"]) }, "has invalidates that are not a list"],
  ];
  for (const [query, says] of refused) {
    expect(given(query)).toThrow(TypeError);
    expect(given(query)).toThrow(says);
  }
  for (const queries of [null, undefined, "a", [{ sql }]]) {
    expect(() => defineQueries(queries as never)).toThrow("Queries have to be an object");
  }
  expect(given({ sql, cache: undefined, invalidates: undefined })).not.toThrow();
  const fields = { kind: "k", tags: undefined, ttlMs: undefined };
  expect(given({ sql, cache: fields })).not.toThrow();
});

test("says which row has which column wrong", () => {
  const read =
    (...rows: unknown[]) =>
    () =>
      readRows(rows as RowInput[], ["id", "name"]);
  const good = { name: "n", id: 1 };
  expect(read(good)()[0]?.values).toEqual([1, "n"]);
  expect(read(good, { id: 2 })).toThrow(/^Row 1 lacks the column "name".*Nothing was written/);
  expect(read(good, { id: 2, namee: "x", name: "x" })).toThrow(
    /^Row 1 has an unknown column "namee". Is it "name"\?/,
  );
  expect(read(good, { id: 2, name: "x", zzzzzzzz: 1 })).toThrow(
    /"zzzzzzzz". The columns are id, name\./,
  );
  expect(read({ id: undefined, name: "x" })).toThrow(/^Row 0, column "id" is undefined/);
  expect(read({ id: NaN, name: "x" })).toThrow(/^Row 0, column "id" is NaN/);
  expect(read(good, good, { id: 1, name: "x".repeat(2_000_001) })).toThrow(
    /^Row 2 has 2000001 bytes/,
  );
  for (const row of [null, 1, [1, "n"], undefined])
    expect(read(row)).toThrow(/^Row 0 is not an object/);
  // What an object inherits is no column of it.
  expect(read(Object.create(good) as object)).toThrow(/lacks the column "id"/);
  expect(() => readRows([{ a: 1 }], ["toString"])).toThrow(/lacks the column "toString"/);
});

test("refuses tables and columns that cannot be", () => {
  const check =
    (columns: unknown[], onConflict: unknown = "fail", table: unknown = "t") =>
    () =>
      checkPlace({
        table: table as string,
        columns: columns as string[],
        onConflict: onConflict as OnConflict,
      });
  expect(check([])).toThrow(/no columns/);
  expect(check(Array.from({ length: 101 }, (_, i) => `c${i}`))).toThrow(
    /101 columns: D1 takes at most 100/,
  );
  expect(check(Array.from({ length: 100 }, (_, i) => `c${i}`))).not.toThrow();
  expect(check(["a", "b", "A"])).toThrow(/"A" is there twice/);
  for (const name of ["", "\0", "\ud800", "x".repeat(129), 7]) {
    expect(check([name])).toThrow(TypeError);
    expect(check(["a"], "fail", name)).toThrow(TypeError);
  }
  expect(check(['we"ird', "ord er", "select"])).not.toThrow();
  expect(check(["a"], "explode")).toThrow(/onConflict has to be/);
  expect(check(["a", "b"], { update: [], on: ["a"] })).toThrow(/onConflict.update names no column/);
  expect(check(["a", "b"], { update: ["b"], on: [] })).toThrow(/onConflict.on names no column/);
  expect(check(["a", "b"], { update: ["c"], on: ["a"] })).toThrow(/"c", which is not among/);
  expect(check(["a", "b"], { update: ["b"], on: ["a"] })).not.toThrow();
});
