import type { SqlProbe } from "./probe.ts";
import { type ProbeFinding, unwell, well } from "./probe-finding.ts";

/**
 * Runs the query of a probe.
 * @throws what the probe's own functions and the database throw.
 */
export async function sqlFinding<Env>(
  probe: SqlProbe<Env>,
  env: Env,
  nowMs: number,
): Promise<ProbeFinding> {
  const params = probe.params?.(nowMs) ?? [];
  const statement = probe.database(env).prepare(probe.sql);
  // By position: two columns of one name are two.
  const rows = await statement.bind(...params).raw<readonly unknown[]>();
  return readRows(probe, rows);
}

/** Holds the rows that a query gave against the probe. Never throws. */
export function readRows<Env>(probe: SqlProbe<Env>, rows: unknown): ProbeFinding {
  const what = "the query must give one row with one number, and gave ";
  if (!Array.isArray(rows)) return unwell(`${what}no rows at all`);
  const [row] = rows;
  if (rows.length !== 1) return unwell(`${what}${rows.length} rows`);
  if (!Array.isArray(row) || row.length !== 1) {
    return unwell(`${what}${Array.isArray(row) ? row.length : "no"} columns`);
  }
  const [value]: readonly unknown[] = row;
  if (value === null) {
    return probe.required === true ? unwell("there is no value (NULL)") : well(null);
  }
  // The value itself is not told: a text may be somebody's name.
  if (typeof value !== "number") return unwell(`${what}a ${nameOf(value)}`);
  if (!Number.isFinite(value)) return unwell(`${what}a number that is not finite`);
  return held(probe, value);
}

function held<Env>({ min, max }: SqlProbe<Env>, value: number): ProbeFinding {
  if (min !== undefined && value < min) return unwell(`${value} is below ${min}`, value);
  if (max !== undefined && value > max) return unwell(`${value} is above ${max}`, value);
  return well(value);
}

function nameOf(value: unknown): string {
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "blob" : typeof value;
}
