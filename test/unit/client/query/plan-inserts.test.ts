import fc from "fast-check";
import { expect, test } from "vitest";
import { D1_INSERT_LIMITS } from "../../../../src/client/query/insert-many.ts";
import { jsonSql, valuesSql } from "../../../../src/client/query/insert-sql.ts";
import { planInserts } from "../../../../src/client/query/plan-inserts.ts";
import type {
  InsertLimits,
  PlannedInsert,
  RowCost,
} from "../../../../src/client/query/plan-inserts.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("plan-inserts", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 300);

const SMALL: InsertLimits = { parameters: 12, valueBytes: 60, batchStatements: 4, batchBytes: 150 };

const someCosts = fc.array(
  fc.record({
    jsonBytes: fc.option(fc.integer({ min: 2, max: 70 }), { nil: undefined, freq: 3 }),
    boundBytes: fc.integer({ min: 0, max: 60 }),
  }),
  { maxLength: 40 },
);

/** What a statement of these rows brings along in a form, or undefined if it may not be. */
function bytesIf(
  form: PlannedInsert["form"],
  costs: readonly RowCost[],
  columns: number,
  limits: InsertLimits,
) {
  if (form === "values") {
    const bytes = costs.reduce((sum, { boundBytes }) => sum + boundBytes, 0);
    const fits = costs.length * columns <= limits.parameters && bytes <= limits.batchBytes;
    return fits ? bytes : undefined;
  }
  if (costs.some(({ jsonBytes }) => jsonBytes === undefined)) return undefined;
  const text = `[${costs.map(({ jsonBytes = 0 }) => "x".repeat(jsonBytes)).join(",")}]`;
  return text.length <= limits.valueBytes ? text.length : undefined;
}

/** The fewest statements by trying every way to cut. */
function fewest(costs: readonly RowCost[], columns: number, limits: InsertLimits): number {
  const best = [0];
  for (let end = 1; end <= costs.length; end += 1) {
    let least = Infinity;
    for (let start = 0; start < end; start += 1) {
      const part = costs.slice(start, end);
      const fits = (["values", "json"] as const).some(
        (f) => bytesIf(f, part, columns, limits) !== undefined,
      );
      if (fits) least = Math.min(least, (best[start] ?? Infinity) + 1);
    }
    best.push(least);
  }
  return best.at(-1) ?? 0;
}

test("takes every row once, in order, within the limits, in the fewest statements", () => {
  fc.assert(
    fc.property(someCosts, fc.integer({ min: 1, max: 12 }), (costs, columns) => {
      const batches = planInserts(costs, columns, SMALL);
      let next = 0;
      for (const statement of batches.flat()) {
        expect(statement.start).toBe(next);
        expect(statement.end).toBeGreaterThan(statement.start);
        const part = costs.slice(statement.start, statement.end);
        expect(bytesIf(statement.form, part, columns, SMALL)).toBe(statement.bytes);
        next = statement.end;
      }
      expect(next).toBe(costs.length);
      expect(batches.flat()).toHaveLength(fewest(costs, columns, SMALL));
      for (const [at, batch] of batches.entries()) {
        const bytes = batch.reduce((sum, each) => sum + each.bytes, 0);
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(SMALL.batchStatements);
        expect(bytes).toBeLessThanOrEqual(SMALL.batchBytes);
        // The first of the next one did not fit any more.
        const following = batches[at + 1]?.[0]?.bytes ?? Infinity;
        expect(batch.length === SMALL.batchStatements || bytes + following > SMALL.batchBytes).toBe(
          true,
        );
      }
    }),
    { seed, numRuns },
  );
});

test("uniform rows: one JSON parameter for thousands, values for blobs and for few", () => {
  const row = { jsonBytes: 40, boundBytes: 60 };
  const plan = (rows: number, columns: number, cost: RowCost) =>
    planInserts(
      Array.from({ length: rows }, () => cost),
      columns,
      D1_INSERT_LIMITS,
    );
  expect(plan(10_000, 4, row)).toEqual([[{ form: "json", start: 0, end: 10_000, bytes: 410_001 }]]);
  expect(plan(25, 4, row).flat()).toMatchObject([{ form: "values", end: 25 }]);
  expect(plan(26, 4, row).flat()).toMatchObject([{ form: "json", end: 26 }]);
  const blobs = plan(10_000, 4, { jsonBytes: undefined, boundBytes: 60 });
  expect(blobs.flat()).toHaveLength(400);
  expect(blobs).toHaveLength(1);
  expect(
    plan(1_001, 100, { jsonBytes: undefined, boundBytes: 1 }).map(({ length }) => length),
  ).toEqual([500, 500, 1]);
  expect(plan(0, 4, row)).toEqual([]);
});

test("the statements of 100 columns with long names stay below 100 KB", () => {
  const columns = Array.from({ length: 100 }, (_, i) => `${"n".repeat(100)}_${i}`);
  const place = { table: "t", columns, onConflict: "replace" } as const;
  for (const sql of [valuesSql(place, 1), jsonSql(place)]) {
    expect(new TextEncoder().encode(sql).length).toBeLessThan(100_000);
  }
  const narrow = { table: "t", columns: ["a"], onConflict: "ignore" } as const;
  expect(valuesSql(narrow, 3)).toBe(
    'INSERT INTO "t" ("a") VALUES (?),(?),(?) ON CONFLICT DO NOTHING',
  );
  expect(jsonSql({ ...narrow, table: 'a"b', onConflict: { update: ["a"], on: ["a"] } })).toBe(
    'INSERT INTO "a""b" ("a") SELECT value->>0 FROM json_each(?1) WHERE true ORDER BY rowid ' +
      'ON CONFLICT ("a") DO UPDATE SET "a"=excluded."a"',
  );
});
