import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { defineQueries } from "../../src/client/query/define-queries.ts";
import { queryRunner } from "../../src/client/query/query-runner.ts";
import type { QueryAdvice } from "../../src/client/query/advisor.ts";
import { recordingClient } from "../support/recording-client.ts";

const db = env.CLIENT_DB;

beforeAll(async () => {
  await db.batch(
    [
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, country TEXT, created_at INTEGER)",
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, state TEXT, total REAL, placed_at INTEGER)",
      'CREATE TABLE "order" ("group" TEXT, "odd ""name" TEXT)',
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
      "CREATE VIEW grown AS SELECT * FROM users WHERE created_at < 10",
    ].map((sql) => db.prepare(sql)),
  );
});

const advise = (sql: string): Promise<QueryAdvice> =>
  queryRunner(db, recordingClient(), defineQueries({})).advise(sql);

const kinds = ({ findings }: QueryAdvice): string[] => findings.map(({ kind }) => kind);

/** What is proposed for a query, and the plan once that is followed. */
async function follow(sql: string): Promise<{ before: QueryAdvice; after: QueryAdvice }> {
  const before = await advise(sql);
  const names: string[] = [];
  for (const createIndex of before.createIndexes) {
    await db.prepare(createIndex).run();
    names.push(createIndex.split(" ")[2] ?? "");
  }
  const after = await advise(sql);
  for (const name of names) await db.prepare(`DROP INDEX ${name}`).run();
  return { before, after };
}

test.each([
  ["SELECT * FROM orders WHERE user_id = ?1", ["orders (user_id)"]],
  ["SELECT * FROM orders o WHERE o.user_id = ?1 AND o.state = 'x'", ["orders (user_id, state)"]],
  ["select * from main.orders as O where ?1 = o.User_Id", ["orders (User_Id)"]],
  [
    "SELECT * FROM orders WHERE state IN ('a', 'b') AND placed_at > ?1",
    ["orders (state, placed_at)"],
  ],
  [
    "SELECT * FROM orders WHERE placed_at BETWEEN ?1 AND ?2 AND state = 'x'",
    ["orders (state, placed_at)"],
  ],
  [
    "SELECT * FROM orders WHERE (user_id = ?1) AND (state = 'a' AND total > 5)",
    ["orders (user_id, state, total)"],
  ],
  [
    "SELECT * FROM orders WHERE user_id = ?1 ORDER BY placed_at DESC LIMIT 5",
    ["orders (user_id, placed_at)"],
  ],
  [
    "SELECT * FROM orders WHERE user_id = ?1 ORDER BY placed_at DESC, total",
    ["orders (user_id, placed_at DESC, total)"],
  ],
  [
    "SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE u.country = ?1",
    ["users (country)", "orders (user_id)"],
  ],
  [
    "SELECT u.name, o.total FROM users u, orders o WHERE u.country = ?1 AND o.user_id = u.id AND o.state = 'x'",
    ["orders (state)"],
  ],
  ["UPDATE orders SET state = 'x' WHERE user_id = ?1", ["orders (user_id)"]],
  [
    "UPDATE OR IGNORE orders SET state = 'x', total = 1 WHERE placed_at < ?1",
    ["orders (placed_at)"],
  ],
  ["DELETE FROM orders WHERE user_id = ?1", ["orders (user_id)"]],
  ["INSERT INTO kv SELECT name, country FROM users WHERE country = ?1", ["users (country)"]],
  [
    "WITH late AS (SELECT * FROM orders WHERE state = 'late') SELECT count(*) FROM late",
    ["orders (state)"],
  ],
  ['SELECT * FROM "order" WHERE "group" = ?1 AND [odd "name] = 2 OR 1', []],
  [
    'SELECT * FROM "order" WHERE `group` = ?1 AND "odd ""name" = 2',
    ['"order" ("group", "odd ""name")'],
  ],
  [
    "SELECT * FROM users WHERE name IS NULL /* ORDER BY country */ -- AND country = 'x'",
    ["users (name)"],
  ],
  [
    "SELECT * FROM users u WHERE u.country = 'x' AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
    ["users (country)", "orders (user_id)"],
  ],
  [
    "SELECT * FROM orders WHERE user_id = 1 UNION ALL SELECT * FROM orders WHERE state = 'x'",
    ["orders (user_id)", "orders (state)"],
  ],
])("following the advice for %s makes it a search", async (sql, indexes) => {
  const { before, after } = await follow(sql);
  expect(before.createIndexes.map((each) => each.replace(/^CREATE INDEX \S+ ON /, ""))).toEqual(
    indexes,
  );
  if (indexes.length === 0) return;
  expect(before.findings.length).toBeGreaterThan(0);
  for (const index of indexes) {
    const name = /^CREATE INDEX (\S+) ON/.exec(
      before.createIndexes[indexes.indexOf(index)] ?? "",
    )?.[1];
    expect(after.plan).toMatch(new RegExp(`SEARCH \\S+ (EXISTS )?USING (COVERING )?INDEX ${name}`));
  }
  expect(kinds(after).filter((kind) => kind !== "correlated")).toEqual([]);
});

test.each([
  ["SELECT * FROM users ORDER BY created_at LIMIT 10", "users (created_at)"],
  ["SELECT country, count(*) AS n FROM users GROUP BY country", "users (country)"],
  ["SELECT DISTINCT country FROM users", "users (country)"],
  ["SELECT name AS n, id FROM users ORDER BY n, 2 LIMIT 3", "users (name, id)"],
])("an index spares the sort of %s", async (sql, index) => {
  const { before, after } = await follow(sql);
  expect(kinds(before)).toContain("sort");
  expect(before.createIndexes.map((each) => each.replace(/^CREATE INDEX \S+ ON /, ""))).toEqual([
    index,
  ]);
  expect(kinds(after)).not.toContain("sort");
});

test.each([
  // Whose column it is, or what is to be indexed, cannot be told.
  ["SELECT * FROM grown WHERE name = 'x'", ["scan"]],
  ["SELECT * FROM orders WHERE lower(state) = 'x'", ["scan"]],
  ["SELECT * FROM orders WHERE total + 1 = 5", ["scan"]],
  ["SELECT * FROM orders WHERE user_id = 1 OR total > 5", ["scan"]],
  ["SELECT * FROM orders WHERE NOT user_id = 1", ["scan"]],
  ["SELECT * FROM orders WHERE state = 'x' COLLATE NOCASE", ["scan"]],
  ["SELECT * FROM orders WHERE total = user_id", ["scan"]],
  [
    "SELECT count(*) AS n, state FROM orders GROUP BY lower(state) ORDER BY n",
    ["scan", "sort", "sort"],
  ],
  ["SELECT total IS DISTINCT FROM 5 FROM orders ORDER BY random()", ["scan", "sort"]],
])("proposes nothing for %s, but says what costs", async (sql, found) => {
  const advice = await advise(sql);
  expect(kinds(advice)).toEqual(found);
  expect(advice.createIndexes).toEqual([]);
});

test.each([
  "SELECT * FROM users WHERE id = ?1",
  "SELECT * FROM kv WHERE key = ?1",
  "SELECT value FROM json_each(?1)",
  "SELECT 1",
  "VALUES (1), (2)",
  "INSERT INTO kv VALUES (?1, ?2)",
])("has nothing to say about %s", async (sql) => {
  expect((await advise(sql)).findings).toEqual([]);
});

test("tells of the indexes that SQLite makes for one query, and of correlated subqueries", async () => {
  const automatic = await advise(
    "SELECT count(*) FROM orders a JOIN orders b ON a.total = b.total",
  );
  expect(automatic.findings).toContainEqual({
    kind: "automatic-index",
    text:
      'For this query alone SQLite makes an index of "b" on total. ' +
      "This would help: CREATE INDEX idx_orders_total ON orders (total)",
    createIndexes: ["CREATE INDEX idx_orders_total ON orders (total)"],
  });
  const correlated = await advise(
    "SELECT name, (SELECT max(total) FROM orders WHERE orders.user_id = users.id) FROM users",
  );
  expect(kinds(correlated)).toContain("correlated");
  expect(correlated.createIndexes).toEqual(["CREATE INDEX idx_orders_user_id ON orders (user_id)"]);
  expect(correlated.plan).toMatch(/^SCAN users\nCORRELATED SCALAR SUBQUERY 1\n {2}S\w+ orders/);
});

test("refuses what must not stand behind EXPLAIN, before D1 is asked", async () => {
  for (const sql of [
    "SELECT 1; DROP TABLE users",
    // To SQLite the variable's name ends with the bracket, and the statement behind it.
    "SELECT $x('); DROP TABLE users --'",
    " ",
    "; ;",
    "explain SELECT 1",
    `SELECT '${"x".repeat(1_000_000)}'`,
  ]) {
    await expect(advise(sql)).rejects.toThrow(TypeError);
  }
  const run = queryRunner(db, recordingClient(), defineQueries({}));
  await expect(run.advise("SELECT ?1; DROP TABLE users", [1])).rejects.toThrow(/one statement/);
  await expect(advise("SELECT ?999999999")).rejects.toThrow(/at most 100 parameters/);
  await expect(advise("SELECT * FROM users;")).resolves.toMatchObject({ query: "sql" });
  await expect(advise("nothing")).rejects.toThrow('There is no query "nothing"');
  await expect(advise("SELECT * FROM nowhere WHERE a = ?3")).rejects.toThrow(/no such table/);
});
