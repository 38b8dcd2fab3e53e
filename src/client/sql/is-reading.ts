import { isOneStatement } from "./is-one-statement.ts";
import { mainVerbAt } from "./main-verb-at.ts";
import { sqlSkeleton } from "./sql-skeleton.ts";

/**
 * Whether SQL is one statement that changes nothing: a `SELECT` or a `VALUES`, maybe behind the
 * tables that a `WITH` makes up, which could also stand before a `DELETE`. It may be at fault for
 * SQLite, which then runs none of it. Takes any text, and time by its length.
 */
export function isReading(sql: string): boolean {
  const skeleton = sqlSkeleton(sql);
  if (!isOneStatement(skeleton) || skeleton[0] === "EXPLAIN") return false;
  const verb = skeleton[mainVerbAt(skeleton)];
  return verb === "SELECT" || verb === "VALUES";
}
