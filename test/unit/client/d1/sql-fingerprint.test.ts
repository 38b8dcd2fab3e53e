import fc from "fast-check";
import { expect, test } from "vitest";

import {
  MAX_NORMAL_FORM_LENGTH,
  MAX_READ_LENGTH,
  sqlFingerprint,
} from "../../../../src/client/d1/sql-fingerprint.ts";
import { normalTokens } from "../../../../src/client/d1/sql-normal-form.ts";
import { sqlTokens } from "../../../../src/client/d1/sql-tokens.ts";
import { isName } from "../../../../src/names.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("SQL fingerprint", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 1_000);

const normalForms: [sql: string, normalForm: string][] = [
  ["select * from users where id = 7", "SELECT * FROM users WHERE id = ?"],
  ["SELECT  *\n\tFROM users -- all\n WHERE id=?1;", "SELECT * FROM users WHERE id = ?"],
  ["SELECT 'it''s', x'00ff', X'', 0xFF, .5, 1., 1e-3, 1_000", `SELECT ${list("?", 8)}`],
  ["SELECT :a, @b, $c::d(e), ?, ?12, #1", `SELECT ${list("?", 6)}`],
  ["SELECT '-- no comment', '/* nor this */', 'a\nb'", "SELECT ?, ?, ?"],
  ["SELECT /* ' */ a /* \" */ FROM t /* not closed", "SELECT a FROM t"],
  ["SELECT a -- '\n FROM t", "SELECT a FROM t"],
  ["SELECT 'not closed FROM t", "SELECT ?"],
  ["SELECT [a b], `c``d`, e FROM [my table]", 'SELECT "a b", "c`d", e FROM "my table"'],
  ['SELECT a."b""c", `d"e` FROM t', 'SELECT a."b""c", "d""e" FROM t'],
  ["SELECT `order` FROM `orders`", 'SELECT "order" FROM orders'],
  ["SELECT * FROM t WHERE a IN (1, 'x', ?, NULL, -3)", "SELECT * FROM t WHERE a IN (?)"],
  ["SELECT * FROM t WHERE a IN ()", "SELECT * FROM t WHERE a IN ()"],
  [
    "SELECT * FROM t WHERE a NOT IN (SELECT b FROM u)",
    "SELECT * FROM t WHERE a NOT IN (SELECT b FROM u)",
  ],
  ["INSERT INTO t (a, b) VALUES (1, 2), (3, NULL)", "INSERT INTO t(a, b) VALUES (?)"],
  [
    "INSERT INTO t VALUES (1, lower('x')), (2, lower('y')) ON CONFLICT DO NOTHING",
    "INSERT INTO t VALUES (?, lower(?)) ON CONFLICT DO NOTHING",
  ],
  [
    "SELECT * FROM (VALUES (1, f(2)), (3, 4)) WHERE a = 1",
    "SELECT * FROM (VALUES (?, f(?))) WHERE a = ?",
  ],
  ["SELECT -1, - 2, a - 3, a-4, (5)-6, -a, - -7", "SELECT ?, ?, a - ?, a - ?, (?) - ?, - a, ?"],
  ["SELECT a->>'$.x', b||'y' FROM t", "SELECT a ->> ?, b || ? FROM t"],
  ["SELECT count(*), coalesce(a, 1, 2) FROM t", "SELECT count(*), coalesce(a, ?, ?) FROM t"],
  // A word in double quotes is a string to SQLite where no column has that name.
  ['SELECT "secret" FROM "users"', "SELECT ? FROM users"],
  ['SELECT * FROM users WHERE name = "secret"', "SELECT * FROM users WHERE name = ?"],
  ['SELECT * FROM users WHERE "secret" = name', "SELECT * FROM users WHERE ? = name"],
  [
    'SELECT * FROM users WHERE a IS NOT DISTINCT FROM "secret"',
    "SELECT * FROM users WHERE a IS NOT DISTINCT FROM ?",
  ],
  ['SELECT * FROM users WHERE a IN ("secret", "other")', "SELECT * FROM users WHERE a IN (?)"],
  [
    'SELECT * FROM users WHERE a LIKE "%secret%" OR f("secret")',
    "SELECT * FROM users WHERE a LIKE ? OR f(?)",
  ],
  [
    'select "u"."id" as "x" from "users" as "u" where "id" = ? and "age" > 7',
    "SELECT u.id AS x FROM users AS u WHERE id = ? AND age > ?",
  ],
  [
    'update "users" set "name" = ?, "age" = 3 where "users"."id" in (?, ?)',
    "UPDATE users SET name = ?, age = ? WHERE users.id IN (?)",
  ],
  ['SELECT * FROM "not closed WHERE id = 1', "SELECT * FROM ?"],
  ["", ""],
  [" ; ;", ""],
  ["\ufeffSELECT 1", "SELECT ?"],
];

test.each(normalForms)("%j is %j", (sql, normalForm) => {
  expect(sqlFingerprint(sql).normalForm).toBe(normalForm);
});

const operations: [sql: string, start: string][] = [
  ["SELECT * FROM users WHERE id = 1", "select.users"],
  ["select count(*) from main.Users", "select.users"],
  ["SELECT 1", "select"],
  ["SELECT (SELECT max(a) FROM inner_one) FROM outer_one", "select.inner_one"],
  ["SELECT * FROM (SELECT * FROM deep)", "select.deep"],
  ["SELECT * FROM 'quoted'", "select"],
  ["SELECT a IS DISTINCT FROM b FROM t", "select.t"],
  ["INSERT OR IGNORE INTO orders VALUES (1)", "insert.orders"],
  ["REPLACE INTO kv VALUES (1)", "replace.kv"],
  ["UPDATE OR ROLLBACK main.orders SET a = 1", "update.orders"],
  ["DELETE FROM [odd näme!] WHERE 1", "delete.odd_n_me_"],
  ["WITH recent AS (SELECT * FROM events) DELETE FROM orders", "delete.orders"],
  ["WITH RECURSIVE a(x) AS (VALUES (1)), b AS (SELECT 1) SELECT * FROM a", "select.a"],
  ["EXPLAIN QUERY PLAN SELECT * FROM users", "explain.users"],
  ["CREATE TABLE IF NOT EXISTS t (a)", "create.t"],
  ["CREATE INDEX i ON orders (a)", "create.orders"],
  ["DROP TABLE IF EXISTS t", "drop.t"],
  ["PRAGMA table_info('users')", "pragma.table_info"],
  ["VALUES (1)", "values"],
  ["nonsense", "sql"],
  ["", "sql"],
  ["'literal'", "sql"],
];

test.each(operations)("%j is called %s and a hash", (sql, start) => {
  const { operation } = sqlFingerprint(sql);
  expect(operation).toMatch(/\.[0-9a-f]{8}$/);
  expect(operation.slice(0, -9)).toBe(start);
});

test.each([
  ["-- name: user-by-id\nSELECT 1", "user-by-id"],
  ["  --name:user-by-id :one\nSELECT 1", "user-by-id"],
  ["/* name: user-by-id */ SELECT 1", "user-by-id"],
  ["/*name: user-by-id*/SELECT 1", "user-by-id"],
  ["-- by hand\n/* name: second */ SELECT 1", "second"],
  ["-- name: GetUser :one\nSELECT 1", "GetUser"],
  ["SELECT 1 -- name: too-late", undefined],
  ["-- rename: x\nSELECT 1", undefined],
  ["SELECT '-- name: x'", undefined],
  ["-- name:\nSELECT 1", undefined],
])("the name that %j gives itself is %s", (sql, name) => {
  expect(sqlFingerprint(sql).givenName).toBe(name);
});

function list(text: string, times: number): string {
  return Array.from({ length: times }, () => text).join(", ");
}

/** A part of a query: what stays, or a literal. */
type Part = { readonly fixed: string } | { readonly literal: true } | { readonly list: true };

const keyword = fc.constantFrom(
  "SELECT",
  "select",
  "FROM",
  "WHERE",
  "and",
  "LIKE",
  "BETWEEN",
  "LIMIT",
);
const fixed = fc
  .oneof(
    keyword,
    fc.constantFrom("a", "users", "[my col]", "`k`", "(", ")", ",", "=", "<=", "||", "?", ":p"),
  )
  .map((text): Part => ({ fixed: text }));
const parts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fixed },
    { weight: 2, arbitrary: fc.constant<Part>({ literal: true }) },
    { weight: 1, arbitrary: fc.constant<Part>({ list: true }) },
  ),
  { minLength: 1, maxLength: 30 },
);

/** Digits enough that no hash and no identifier of ours holds them. */
const digits = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 12, maxLength: 14 })
  .map((all) => all.join(""));
const noise = fc.constantFrom("", "''", " -- ", "/*", "*/", "\n", "?", '"', "[", ";", "ñ", "x''");

interface Literal {
  readonly written: string;
  readonly secret: string;
}

const literal: fc.Arbitrary<Literal> = fc
  .tuple(digits, noise, noise, fc.nat(5), fc.constantFrom("", "-", "+", "- "))
  .map(([secret, before, after, kind, sign]) => ({
    secret,
    written:
      [
        `'${before}${secret}${after}'`,
        `x'${secret}'`,
        `${sign}${secret}`,
        `${sign}0x${secret}`,
        `${sign}${secret}.5e-7`,
        `${sign}.${secret}`,
      ][kind] ?? secret,
  }));

const gap = fc.constantFrom(" ", "\n", "\t ", " /* 123456789012 */ ", " -- 'it\n", "/**/ ");

/** One way to write the parts, with the secrets that stand in it. */
const written = (of: readonly Part[]): fc.Arbitrary<{ sql: string; secrets: string[] }> =>
  fc
    .tuple(
      fc.infiniteStream(literal),
      fc.infiniteStream(gap),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
    )
    .map(([literals, gaps, lengths]) => {
      const secrets: string[] = [];
      const next = (): string => {
        const { written: text, secret } = literals.next().value ?? { written: "1", secret: "-" };
        secrets.push(secret);
        return text;
      };
      const texts = of.map((part) => {
        if ("fixed" in part) return part.fixed;
        // After an operand a sign is an operator, so a literal stands behind a comma.
        if ("literal" in part) return `, ${next()}`;
        const count = lengths.next().value ?? 1;
        return `IN (${Array.from({ length: count }, next).join(gaps.next().value ?? " ")})`;
      });
      return { sql: texts.map((text) => text + (gaps.next().value ?? " ")).join(""), secrets };
    });

test("no literal is in the name or the normal form, and literals and layout change neither", () => {
  const pairs = parts.chain((of) => fc.tuple(written(of), written(of)));
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      const found = sqlFingerprint(one.sql);
      for (const secret of one.secrets) {
        expect(found.operation).not.toContain(secret);
        expect(found.normalForm).not.toContain(secret);
      }
      const isListOfOne = !one.sql.includes("IN (") && !other.sql.includes("IN (");
      if (isListOfOne) expect(sqlFingerprint(other.sql).normalForm).toBe(found.normalForm);
    }),
    { seed, numRuns },
  );
});

test("a list counts once, however long it is, and so do rows", () => {
  const values = fc.array(literal, { minLength: 1, maxLength: 20 });
  const row = values.map((all) => `(${all.map((value) => value.written).join(" , ")})`);
  const rows = fc.array(row, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(row, rows, (inList, valueRows) => {
      const select = sqlFingerprint(`SELECT * FROM t WHERE a IN ${inList} AND b = 1`);
      expect(select.normalForm).toBe("SELECT * FROM t WHERE a IN (?) AND b = ?");
      const insert = sqlFingerprint(`INSERT INTO t(a) VALUES ${valueRows.join(",\n")} RETURNING a`);
      expect(insert.normalForm).toBe("INSERT INTO t(a) VALUES (?) RETURNING a");
    }),
    { seed, numRuns },
  );
});

test("two queries that differ in a name or an operator have other fingerprints", () => {
  const sqls = [
    "SELECT a FROM t WHERE b = ?",
    "SELECT a FROM t WHERE c = ?",
    "SELECT a FROM t WHERE b > ?",
    "SELECT a FROM u WHERE b = ?",
    "SELECT a, b FROM t WHERE b = ?",
    "SELECT a FROM t WHERE b = ? LIMIT 1",
    "SELECT A FROM t WHERE b = ?",
    "SELECT a FROM t WHERE b IN (?)",
  ];
  expect(new Set(sqls.map((sql) => sqlFingerprint(sql).operation)).size).toBe(sqls.length);
});

test("any text gets a valid name", () => {
  const pieces = fc.constantFrom(
    ..."SELECT|FROM|WITH|VALUES|IN|EXPLAIN|UPDATE|(|)|,|.|;|'|\"|`|[|]|--|/*|*/|\n|?|:|$|@|#|0x|1e|-|+|\0|ß|💥|\ud800".split(
      "|",
    ),
  );
  const garbage = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 60 })
      .map((all) => all.join(" ")),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(garbage, (sql) => {
      const { operation, normalForm } = sqlFingerprint(sql);
      expect(isName(operation), operation).toBe(true);
      expect(normalForm.length).toBeLessThanOrEqual(MAX_NORMAL_FORM_LENGTH);
      expect(sqlFingerprint(sql)).toEqual(sqlFingerprint(sql));
    }),
    { seed, numRuns },
  );
});

test("names of any length and script make a valid operation", () => {
  const table = fc.oneof(
    fc.string({ minLength: 1, unit: "grapheme" }),
    fc.constant("İ".repeat(1_000)),
  );
  fc.assert(
    fc.property(table, (name) => {
      const sql = `SELECT * FROM [${name.replaceAll("]", "")}] WHERE a = 1`;
      expect(isName(sqlFingerprint(sql).operation)).toBe(true);
    }),
    { seed, numRuns },
  );
});

test("of a megabyte only the start is read", () => {
  const start = `SELECT * FROM users WHERE id IN (${"?, ".repeat(MAX_READ_LENGTH)}`;
  const whole = start.padEnd(1_000_000, "'x");
  expect(sqlFingerprint(whole)).toEqual(sqlFingerprint(whole.slice(0, MAX_READ_LENGTH)));
  expect(sqlFingerprint(whole).operation).toMatch(/^select\.users\.[0-9a-f]{8}$/);
});

// What is not linear does not end within the test's time: it would take some 10^12 steps.
test.each([
  "'",
  '"',
  "`",
  "[",
  "(",
  ")",
  "/*",
  "--",
  "- ",
  "-1",
  "IN (",
  "VALUES (",
  "VALUES (1),(",
  "(1),",
  "x'",
  "$a(",
  "::",
  ":a",
  "1e",
  ".",
  "?",
  "a.",
  "WITH ",
  '"a"=',
  "'' ",
  "0x",
  "->",
])("a megabyte of %j takes time by its length", (piece) => {
  const sql = piece.repeat(Math.ceil(1_000_000 / piece.length));
  expect(normalTokens(sqlTokens(`VALUES ${sql}`).tokens).length).toBeGreaterThan(0);
});
