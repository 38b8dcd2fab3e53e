import fc from "fast-check";
import { expect, test } from "vitest";
import { planAdvice } from "../../../../src/client/query/plan-advice.ts";
import { readPlanRows } from "../../../../src/client/query/plan-row.ts";
import type { PlanRow } from "../../../../src/client/query/plan-row.ts";
import { parameterCount, sqlTokens } from "../../../../src/client/query/sql-tokens.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("advice", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 500);

const scanOf = (label: string): PlanRow => ({ id: 2, parent: 0, detail: `SCAN ${label}` });

const indexes = (sql: string, ...labels: string[]): readonly string[] =>
  planAdvice(sql, labels.map(scanOf)).createIndexes;

test("reads any SQL beside any plan without throwing, and proposes one statement each", () => {
  const words =
    'SELECT FROM WHERE t u a b . , = < ( ) AND OR IN BETWEEN ORDER BY GROUP JOIN ON USING AS WITH UNION UPDATE SET \'x\' "q""q" [b] `c` ?1 5 -- /* */ ; NOT LIMIT DESC DISTINCT é'.split(
      " ",
    );
  const sql = fc.oneof(
    fc.array(fc.constantFrom(...words, "\n"), { maxLength: 40 }).map((parts) => parts.join(" ")),
    fc.string({ unit: "binary", maxLength: 60 }),
  );
  const detail = fc.oneof(
    fc.constantFrom(
      "SCAN t",
      "SCAN u",
      "SEARCH t",
      'SCAN q"q',
      "SEARCH u USING AUTOMATIC COVERING INDEX (a=? AND b>?)",
      "USE TEMP B-TREE FOR ORDER BY",
      "CORRELATED LIST SUBQUERY 3",
      "SCAN t USING INDEX i",
      "MULTI-INDEX OR",
    ),
    fc.string({ maxLength: 30 }),
  );
  const rows = fc.array(fc.record({ id: fc.nat(5), parent: fc.nat(5), detail }), { maxLength: 8 });
  fc.assert(
    fc.property(sql, rows, (text, plan) => {
      const advice = planAdvice(text, plan);
      expect(advice.plan.split("\n").length).toBeGreaterThan(0);
      for (const each of advice.createIndexes) {
        const tokens = sqlTokens(each).map(({ value }) => value);
        expect(tokens.slice(0, 2)).toEqual(["CREATE", "INDEX"]);
        expect([tokens[3], tokens[5], tokens.at(-1)]).toEqual(["ON", "(", ")"]);
        expect(tokens).not.toContain(";");
      }
    }),
    { seed, numRuns },
  );
});

test("100 KB of hostile SQL neither throw nor hang", () => {
  for (const part of [
    "(",
    ")",
    "((a=1)",
    "'",
    '"',
    "/*",
    "[",
    "''",
    "a.b=1 AND ",
    "?",
    "x'",
    "--",
    "WITH a AS (",
    "é",
  ]) {
    const sql = `SELECT * FROM t WHERE ${part.repeat(100_000 / part.length)}`;
    expect(() => planAdvice(sql, [scanOf("t")])).not.toThrow();
  }
});

test("two tables called alike are told apart by their order, or not at all", () => {
  const sql = "SELECT 1 FROM t WHERE a = 1 UNION SELECT 1 FROM t WHERE b = 2";
  expect(indexes(sql, "t", "t")).toEqual([
    "CREATE INDEX idx_t_a ON t (a)",
    "CREATE INDEX idx_t_b ON t (b)",
  ]);
  expect(indexes(sql, "t")).toEqual([]);
  expect(indexes("SELECT 1 FROM t x, t y WHERE x.a = 1 AND y.b = x.c", "x", "y")).toEqual([
    "CREATE INDEX idx_t_a ON t (a)",
    "CREATE INDEX idx_t_b ON t (b)",
  ]);
});

test("a condition on a table that comes later narrows nothing now", () => {
  const sql = "SELECT 1 FROM t JOIN u ON t.a = u.b";
  expect(indexes(sql, "t", "u")).toEqual(["CREATE INDEX idx_u_b ON u (b)"]);
  expect(indexes(sql, "u", "t")).toEqual(["CREATE INDEX idx_t_a ON t (a)"]);
  expect(indexes("SELECT 1 FROM t JOIN u USING (a)", "t", "u")).toEqual([
    "CREATE INDEX idx_u_a ON u (a)",
  ]);
  // Where another table is narrowed, the join had better begin there.
  expect(indexes(`${sql} WHERE u.c = ?1`, "t")).toEqual([
    "CREATE INDEX idx_u_c ON u (c)",
    "CREATE INDEX idx_t_a ON t (a)",
  ]);
});

test("never guesses whose column one is", () => {
  expect(indexes("SELECT 1 FROM t, u WHERE a = 1", "t", "u")).toEqual([]);
  expect(indexes("SELECT 1 FROM t WHERE z.a = 1", "t")).toEqual([]);
  expect(indexes("SELECT 1 FROM (SELECT * FROM t) AS s WHERE s.a = 1", "s")).toEqual([]);
  expect(indexes("SELECT 1 FROM f(1) WHERE a = 1", "f")).toEqual([]);
  expect(indexes("SELECT 1 FROM t WHERE rowid = 1", "t")).toEqual([]);
  expect(indexes("SELECT 1 FROM t WHERE a = b", "t")).toEqual([]);
});

test("names an index by its columns, quoted where it must be, four at most", () => {
  expect(indexes("SELECT 1 FROM t WHERE a=1 AND b=1 AND A=2 AND c=1 AND d=1 AND e=1", "t")).toEqual(
    ["CREATE INDEX idx_t_a_b_c_d ON t (a, b, c, d)"],
  );
  expect(indexes('SELECT 1 FROM "my t" WHERE "order" = 1', "my t")).toEqual([
    'CREATE INDEX idx_my_t_order ON "my t" ("order")',
  ]);
  const long = "x".repeat(100);
  expect(indexes(`SELECT 1 FROM t WHERE ${long} = 1`, "t")[0]).toMatch(
    /^CREATE INDEX idx_t_x{54} ON t \(x{100}\)$/,
  );
});

test("counts what is to be bound", () => {
  const count = (sql: string) => parameterCount(sqlTokens(sql));
  expect(count("SELECT ?1, ?1, ?3")).toBe(3);
  expect(count("SELECT ?, ?, '?', \"?\", [?] -- ?\n /* ? */ , ?")).toBe(3);
  expect(count("SELECT ?2, ?")).toBe(3);
  expect(count("SELECT 1")).toBe(0);
});

test("refuses what is no plan", () => {
  const row = { id: 1, parent: 0, notused: 0, detail: "SCAN t" };
  expect(readPlanRows([row])).toEqual([{ id: 1, parent: 0, detail: "SCAN t" }]);
  for (const rows of [
    undefined,
    {},
    [{}],
    [{ ...row, id: "1" }],
    [{ ...row, detail: null }],
    Array.from({ length: 501 }, () => row),
  ]) {
    expect(() => readPlanRows(rows)).toThrow(/what is no plan/);
  }
});
