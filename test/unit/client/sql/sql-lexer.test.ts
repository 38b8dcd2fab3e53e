import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isReading } from "../../../../src/client/sql/is-reading.ts";
import { isReserved, keywordOf } from "../../../../src/client/sql/sql-keywords.ts";
import { sqlLexemes } from "../../../../src/client/sql/sql-lexer.ts";
import { sqlSkeleton } from "../../../../src/client/sql/sql-skeleton.ts";
import { unquoted } from "../../../../src/client/sql/unquoted.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("SQL lexer", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 1_000);

const cut = (sql: string): string[] => sqlLexemes(sql).map(({ kind, text }) => `${kind} ${text}`);

test.each<[sql: string, lexemes: string[]]>([
  ["it's", ["word it", "string 's"]],
  ["'it''s' 'b'", ["string 'it''s'", "string 'b'"]],
  ["'it''", ["string 'it''"]],
  ["x'00''f' X''", ["string x'00''f'", "string X''"]],
  ['"a""b"`c``d`[e]]', ['quoted "a""b"', "quoted `c``d`", "quoted [e]", "sign ]"]],
  ['"a""', ['string "a""']],
  ["`a", ["string `a"]],
  ["[a", ["string [a"]],
  ["[", ["sign ["]],
  ["$x(a'b)c $y(\u00a0')", ["param $x(a'b)", "word c", "param $y(\u00a0')"]],
  ["$x('); --'", ["param $x(')", "sign ;", "comment --'"]],
  ["#x::y(z) ?12 @ :", ["param #x::y(z)", "param ?12", "param @", "param :"]],
  ["a /*b*/ c --d\n/*e", ["word a", "comment /*b*/", "word c", "comment --d", "comment /*e"]],
  ["0xFF .5 1e-3 a.b", "number 0xFF|number .5|number 1e-3|word a|sign .|word b".split("|")],
  ["->>-><=<>>>", ["sign ->>", "sign ->", "sign <=", "sign <>", "sign >>"]],
])("%j is cut as SQLite does it", (sql, lexemes) => {
  expect(cut(sql)).toEqual(lexemes);
});

test("nothing but white space is lost of any text, in its order", () => {
  const pieces = fc.constantFrom(
    ..."'|\"|`|[|]|x'|--|/*|*/|\n| |;|$x(|)|#|?|1e|a|ñ|\0|\ud800".split("|"),
  );
  const text = fc.oneof(
    fc.array(pieces).map((all) => all.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (sql) => {
      let at = 0;
      for (const { text: lexeme } of sqlLexemes(sql)) {
        const next = sql.indexOf(lexeme, at);
        expect(sql.slice(at, next)).toMatch(/^[\t-\r \ufeff]*$/);
        at = next + lexeme.length;
      }
      expect(sql.slice(at)).toMatch(/^[\t-\r \ufeff]*$/);
    }),
    { seed, numRuns },
  );
});

test("whatever a name is, it comes back out of its quotes", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", '"', "`", "'", "]", ";", "\n") }),
      (name) => {
        for (const quote of ['"', "`"]) {
          const [only, ...rest] = sqlLexemes(quote + name.replaceAll(quote, quote + quote) + quote);
          expect([only?.kind, unquoted(only?.text ?? ""), rest]).toEqual(["quoted", name, []]);
        }
      },
    ),
    { seed, numRuns },
  );
});

test("what is built has neither names nor values", () => {
  expect(sqlSkeleton("select \"from\", a, 'x;' /* ; */ from [b]; -- c")).toEqual([
    "SELECT",
    "",
    ",",
    "",
    ",",
    "",
    "FROM",
    "",
    ";",
  ]);
  expect(keywordOf("Window")).toBe("WINDOW");
  expect([
    isReserved("window"),
    isReserved("REPLACE"),
    isReserved("rows"),
    isReserved("x"),
  ]).toEqual([true, true, false, false]);
});

test.each([
  "SELECT 1",
  " -- why\n select 'a;b' ;; -- end",
  "VALUES (1)",
  "WITH x AS (SELECT 1), y(a) AS (VALUES (2)) SELECT * FROM x, y",
  'WITH "delete" AS (SELECT 1) SELECT * FROM "delete"',
  "SELECT replace(a, 'x', 'y') FROM t",
])("%j reads", (sql) => {
  expect(isReading(sql)).toBe(true);
});

test.each([
  "",
  ";",
  "; SELECT 1",
  "-- SELECT 1",
  "'SELECT'",
  '"SELECT" 1',
  "DELETE FROM t",
  "SELECT 1; DELETE FROM t",
  "SELECT 1;; DELETE FROM t",
  "SELECT 1; SELECT 2",
  "WITH x AS (SELECT 1) DELETE FROM t RETURNING id",
  "with x as (values (1)) insert into t select 1",
  "WITH x AS (SELECT 1) UPDATE t SET a = 1",
  "WITH x AS (SELECT 1) REPLACE INTO t VALUES (1)",
  "WITH replace AS (SELECT 1) DELETE FROM t",
  "WITH [select] AS (SELECT 1) DELETE FROM t",
  "EXPLAIN SELECT 1",
  "PRAGMA user_version = 1",
  "CREATE TABLE t AS SELECT 1",
  "SELECT $x('); DELETE FROM t --'",
  "SELECT #x('); DELETE FROM t --'",
  "SELECT $x(\u00a0'); DELETE FROM t --'",
  "SELECT 1 \0 '; DELETE FROM t --'",
])("%j may write", (sql) => {
  expect(isReading(sql)).toBe(false);
});

test("what reads changes nothing, as SQLite itself understands it", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  const changes = db.prepare("SELECT total_changes() AS count");
  const heads = fc.constantFrom("SELECT 1", "SELECT $x(", "SELECT #a::b(", "WITH x AS (SELECT 1)");
  const noise = fc.constantFrom(
    ..."'|''|\"|`|[|]|/*|*/|--|\n| |(|)|;|, 'it'|, x'00'|\u00a0|\ufeff|\0|\v| AS a|$|::".split("|"),
  );
  const write = fc.constantFrom("; DELETE FROM t", " DELETE FROM t", ";UPDATE t SET a = 1", "");
  const end = fc.constantFrom("", ";", "--'", "'", '"', "*/", " --", " RETURNING a", "-- ]", "`");
  const sqls = fc
    .tuple(heads, fc.array(noise, { maxLength: 4 }), write, fc.array(noise, { maxLength: 2 }), end)
    .map((parts) => parts.flat().join(""));
  let writes = 0;
  let reads = 0;
  fc.assert(
    fc.property(sqls, (sql) => {
      const before = changes.get()?.["count"];
      let isValid = true;
      try {
        db.exec(sql);
      } catch {
        isValid = false;
      }
      const isChanged = changes.get()?.["count"] !== before;
      db.exec("INSERT INTO t VALUES (1)");
      writes += Number(isChanged);
      reads += Number(isValid && isReading(sql));
      if (isChanged) expect(isReading(sql)).toBe(false);
    }),
    { seed, numRuns: 5 * numRuns },
  );
  expect([writes > 0, reads > 0]).toEqual([true, true]);
});

// What is not linear does not end within the test's time: it would take some 10^12 steps.
test.each(["''", "'", '""', "`", "[", "x'", "/*", "$x(", "(", "WITH a AS (", ";", "0x"])(
  "a megabyte of %j takes time by its length",
  (piece) => {
    expect(isReading(piece.repeat(Math.ceil(1_000_000 / piece.length)))).toBe(false);
  },
);
