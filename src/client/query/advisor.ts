import { isOneStatement } from "../sql/is-one-statement.ts";
import { sqlSkeleton } from "../sql/sql-skeleton.ts";
import type { BindValue } from "./bind-value.ts";
import { MAX_COLUMNS } from "./insert-sql.ts";
import { planAdvice } from "./plan-advice.ts";
import type { PlanAdvice } from "./plan-advice.ts";
import { readPlanRows } from "./plan-row.ts";
import { parameterCount, sqlTokens } from "./sql-tokens.ts";
import { textBytes } from "./text-bytes.ts";
import { MAX_SQL_BYTES } from "./check-definition.ts";
import { withName } from "./with-name.ts";

/** Most advice that an isolate keeps for a database; the oldest goes first. */
export const MAX_KEPT_ADVICE = 100;

/** Most queries that are explained by themselves; a catalogue has fewer. */
const MAX_EXPLAINED = 1_000;

/** How often a query is explained at most, and how long after a failure. */
const MAX_ATTEMPTS = 3;
const RETRY_MS = 60_000;

/** What a query's plan says. */
export interface QueryAdvice extends PlanAdvice {
  /** The query's name, or `sql` for a statement that has none. */
  readonly query: string;
  readonly sql: string;
}

/** Explains the queries of one database, and remembers what came of it. Lives as long as the isolate. */
export class Advisor {
  readonly #advice = new Map<string, QueryAdvice>();
  readonly #attempts = new Map<string, { count: number; at: number }>();

  /** What is known, the newest last. */
  advice(): QueryAdvice[] {
    return [...this.#advice.values()];
  }

  /**
   * Whether the caller is to explain a query that was slow. Each is explained once; one whose
   * explanation never came is explained again, a few times.
   * @param now epoch milliseconds
   */
  claim(sql: string, now: number): boolean {
    const tried = this.#attempts.get(sql);
    if (tried === undefined) {
      if (this.#attempts.size >= MAX_EXPLAINED) return false;
      this.#attempts.set(sql, { count: 1, at: now });
      return true;
    }
    if (tried.count >= MAX_ATTEMPTS || now - tried.at < RETRY_MS) return false;
    tried.count += 1;
    tried.at = now;
    return true;
  }

  /**
   * Asks the database for a query's plan, and reads it.
   *
   * @param params as the query was bound; by default null for each
   * @throws TypeError when the SQL is not one statement; whatever D1 throws
   */
  async explain(
    database: Pick<D1Database, "prepare">,
    query: string,
    sql: string,
    params?: readonly BindValue[],
  ): Promise<QueryAdvice> {
    const count = checkedCount(sql);
    const values = params ?? Array.from({ length: count }, () => null);
    const statement = database.prepare(withName("explain", `EXPLAIN QUERY PLAN ${sql}`));
    const { results } = await statement.bind(...values).all();
    const advice = { query, sql, ...planAdvice(sql, readPlanRows(results)) };
    // It is done for good.
    this.#attempts.set(sql, { count: MAX_ATTEMPTS, at: 0 });
    this.#advice.delete(sql);
    this.#advice.set(sql, advice);
    for (const oldest of this.#advice.keys()) {
      if (this.#advice.size <= MAX_KEPT_ADVICE) break;
      this.#advice.delete(oldest);
    }
    return advice;
  }
}

/** @throws TypeError for what must not stand behind `EXPLAIN`: a second statement would be run. */
function checkedCount(sql: string): number {
  if (textBytes(sql) > MAX_SQL_BYTES - 100) {
    throw new TypeError(`D1 takes at most ${MAX_SQL_BYTES} bytes of SQL: bind the values`);
  }
  const skeleton = sqlSkeleton(sql);
  if (!isOneStatement(skeleton)) throw new TypeError("Advice is for one statement");
  if (skeleton[0] === "EXPLAIN") throw new TypeError("It is explained already");
  const count = parameterCount(sqlTokens(sql));
  if (count > MAX_COLUMNS) throw new TypeError(`D1 takes at most ${MAX_COLUMNS} parameters`);
  return count;
}
