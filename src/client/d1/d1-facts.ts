import type { MeasureValues } from "../../measures.ts";

/** What D1 says of one query: what is missing or no number is left out. May be added to. */
export type D1Facts = { -readonly [Name in keyof MeasureValues]: MeasureValues[Name] };

const MAX_MS = 600_000;
const MAX_COUNT = 2 ** 40;

/**
 * Reads the `meta` of a result: rows read and written, `sqlMs` as the engine's own time, and
 * `sizeBytes` of the database after the query. The engine's time is `timings.sql_duration_ms`, or
 * `duration` where that is missing, as in older answers.
 */
export function d1Facts(result: unknown): D1Facts {
  const facts: D1Facts = {};
  const meta = field(result, "meta");
  const sqlMs =
    amount(field(field(meta, "timings"), "sql_duration_ms"), MAX_MS) ??
    amount(field(meta, "duration"), MAX_MS);
  const rowsRead = amount(field(meta, "rows_read"), MAX_COUNT);
  const rowsWritten = amount(field(meta, "rows_written"), MAX_COUNT);
  const sizeBytes = amount(field(meta, "size_after"), MAX_COUNT);
  if (rowsRead !== undefined) facts.rowsRead = rowsRead;
  if (rowsWritten !== undefined) facts.rowsWritten = rowsWritten;
  if (sqlMs !== undefined) facts.sqlMs = sqlMs;
  if (sizeBytes !== undefined) facts.sizeBytes = sizeBytes;
  return facts;
}

/** Reads what `exec` answers: only how long the engine worked. */
export function execFacts(result: unknown): D1Facts {
  const sqlMs = amount(field(result, "duration"), MAX_MS);
  return sqlMs === undefined ? {} : { sqlMs };
}

/** What is known of a query whose answer says nothing about itself. */
export function noFacts(): D1Facts {
  return {};
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Reflect.get(value, name);
}

/** A number that a measure can have: another one would have the whole timing refused. */
function amount(value: unknown, most: number): number | undefined {
  return typeof value === "number" && value >= 0 && value <= most ? value : undefined;
}
