import { isName } from "../../names.ts";
import { MAX_VALUE_BYTES } from "./bind-value.ts";
import type { InsertRow } from "./insert-row.ts";
import { InsertInterrupted } from "./insert-interrupted.ts";
import type { InsertResult } from "./insert-interrupted.ts";
import { checkPlace, jsonSql, MAX_COLUMNS, valuesSql } from "./insert-sql.ts";
import type { InsertPlace, OnConflict } from "./insert-sql.ts";
import { planInserts } from "./plan-inserts.ts";
import type { InsertLimits, PlannedInsert } from "./plan-inserts.ts";
import { readRows } from "./read-rows.ts";
import type { RowInput } from "./read-rows.ts";
import { textBytes } from "./text-bytes.ts";
import { MAX_SQL_BYTES } from "./check-definition.ts";
import { withName } from "./with-name.ts";

/** Most rows of one call. */
export const MAX_ROWS = 100_000;

/**
 * What D1 allows, and for a transaction what it can be asked for at once: it takes 1,000 statements
 * of a request at most, an answer within 30 s, and 32 MiB in a call.
 */
export const D1_INSERT_LIMITS: InsertLimits = {
  parameters: MAX_COLUMNS,
  valueBytes: MAX_VALUE_BYTES,
  batchStatements: 500,
  batchBytes: 10_000_000,
};

export interface InsertOptions {
  /** Default: those of the first row. Every row has exactly these. */
  readonly columns?: readonly string[];
  /** Default `fail`. */
  readonly onConflict?: OnConflict;
  /** What the statements are recorded as. Default `insert-` and the table, if that is a name. */
  readonly name?: string;
  /** Refuses what does not fit one transaction, before anything is written. Default false. */
  readonly atomic?: boolean;
  /** The tags of what is not valid any more when this has been written. */
  readonly invalidates?: readonly string[];
}

/** What of a database it takes to insert. */
export type InsertDatabase = Pick<D1Database, "prepare" | "batch">;

/** @see QueryRunner.insertMany */
export async function insertMany(
  database: InsertDatabase,
  table: string,
  rows: readonly RowInput[],
  options: InsertOptions = {},
): Promise<InsertResult> {
  const done: InsertResult = { rows: 0, statements: 0, batches: 0, changes: 0 };
  if (rows.length === 0) return done;
  if (rows.length > MAX_ROWS) {
    throw new RangeError(`${rows.length} rows: insert at most ${MAX_ROWS} at once`);
  }
  const place: InsertPlace = {
    table,
    columns: options.columns ?? Object.keys(rows[0] ?? {}),
    onConflict: options.onConflict ?? "fail",
  };
  checkPlace(place);
  const name = operationName(options.name, table);
  const read = readRows(rows, place.columns);
  const batches = planInserts(read, place.columns.length, D1_INSERT_LIMITS);
  if (options.atomic === true && batches.length > 1) {
    throw new RangeError(
      `${rows.length} rows need ${batches.length} transactions, so they cannot be atomic: ` +
        "insert fewer at once. Nothing was written.",
    );
  }
  const prepare = preparing(database, place, name);
  for (const batch of batches) {
    try {
      // oxlint-disable-next-line eslint/no-await-in-loop -- one that fails keeps the later ones away
      const results = await database.batch(batch.map((planned) => prepare(planned, read)));
      for (const { meta } of results) done.changes += meta.changes;
    } catch (error) {
      if (done.batches === 0) throw error;
      throw new InsertInterrupted(done, batches.length, error);
    }
    done.rows = batch.at(-1)?.end ?? done.rows;
    done.statements += batch.length;
    done.batches += 1;
  }
  return done;
}

function preparing(
  database: InsertDatabase,
  place: InsertPlace,
  name: string,
): (planned: PlannedInsert, rows: readonly InsertRow[]) => D1PreparedStatement {
  const prepared = new Map<number, D1PreparedStatement>();
  return ({ form, start, end }, rows) => {
    // No statement of values has no rows.
    const shape = form === "json" ? 0 : end - start;
    let statement = prepared.get(shape);
    if (statement === undefined) {
      const sql = withName(name, shape === 0 ? jsonSql(place) : valuesSql(place, shape));
      if (textBytes(sql) > MAX_SQL_BYTES) {
        throw new RangeError("The columns' names are too long for one statement of D1");
      }
      statement = database.prepare(sql);
      prepared.set(shape, statement);
    }
    const taken = rows.slice(start, end);
    // One level deep: a list of bytes is one value.
    return form === "json"
      ? statement.bind(`[${taken.map(({ json }) => json).join(",")}]`)
      : statement.bind(...taken.flatMap(({ values }) => values));
  };
}

function operationName(given: string | undefined, table: string): string {
  if (given !== undefined) {
    const shown = given.slice(0, 80);
    if (isName(given)) return given;
    throw new TypeError(`"${shown}" is no name of an operation`);
  }
  const byTable = `insert-${table.toLowerCase()}`;
  return isName(byTable) ? byTable : "insert-many";
}
