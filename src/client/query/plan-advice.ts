import { IndexFinder } from "./index-finder.ts";
import type { PlanRow } from "./plan-row.ts";

/** Something in a plan that costs time. */
export interface PlanFinding {
  readonly kind: "scan" | "sort" | "automatic-index" | "correlated";
  /** A sentence for a person. */
  readonly text: string;
  /** The statements that would help, together, as far as the SQL tells them. */
  readonly createIndexes: readonly string[];
}

/** What `EXPLAIN QUERY PLAN` says about a query, and what to do about it. */
export interface PlanAdvice {
  /** The plan as text, a line per step, indented. */
  readonly plan: string;
  /** Empty when there is nothing to say. */
  readonly findings: readonly PlanFinding[];
  /** The indexes that the findings propose, each once. */
  readonly createIndexes: readonly string[];
}

/** `SCAN t`, `SEARCH t USING INDEX i (a=?)`, and how a join is meant. */
const STEP =
  /^(?<verb>SCAN|SEARCH) (?<label>.+?)(?: EXISTS)?(?: USING (?<how>.+?))?(?: LEFT-JOIN)?$/;
const NO_TABLE =
  /^(?:\d+ )?CONSTANT ROWS?$|^\d+-ROW VALUES|VIRTUAL TABLE INDEX|^\((?:subquery|join)-/;
const AUTOMATIC = /^AUTOMATIC (?:PARTIAL )?(?:COVERING )?INDEX \((?<columns>.*)\)$/;
const SORT = /^USE TEMP B-TREE FOR (?<what>.+)$/;

/**
 * Reads a plan: tables read whole, sorts that no index spares, indexes that SQLite makes for the one
 * query and throws away, subqueries run for each row. A table of a few rows is better read whole:
 * how many there are the plan does not say.
 */
export function planAdvice(sql: string, rows: readonly PlanRow[]): PlanAdvice {
  const finder = new IndexFinder(sql, rows.map(labelOf));
  const findings = rows.flatMap((row, at) => findingOf(row, at, rows, finder) ?? []);
  const proposed = findings.flatMap(({ createIndexes }) => createIndexes);
  return { plan: planText(rows), findings, createIndexes: [...new Set(proposed)] };
}

function findingOf(
  row: PlanRow,
  at: number,
  rows: readonly PlanRow[],
  finder: IndexFinder,
): PlanFinding | undefined {
  const sort = SORT.exec(row.detail)?.groups?.["what"];
  if (sort !== undefined) {
    const first = rows.findIndex(
      ({ detail, parent }) => parent === row.parent && STEP.test(detail),
    );
    return finding("sort", `It sorts its rows itself, for ${sort}`, finder.forSort(first));
  }
  if (row.detail.startsWith("CORRELATED")) {
    const text = "A subquery runs again for each row of the outer query: make it a join";
    return finding("correlated", text, []);
  }
  const label = labelOf(row);
  if (label === undefined) return undefined;
  const { verb, how } = STEP.exec(row.detail)?.groups ?? {};
  const columns = AUTOMATIC.exec(how ?? "")?.groups?.["columns"];
  if (columns !== undefined) {
    const names = columns.split(" AND ").map((term) => term.replace(/[=<>]+\?$/, ""));
    const text = `For this query alone SQLite makes an index of "${label}" on ${names.join(", ")}`;
    return finding("automatic-index", text, finder.on(at, names));
  }
  // Without an index it goes through all rows, for the least or the greatest of them.
  return verb === "SCAN" || how === undefined ? scan(label, how, at, finder) : undefined;
}

function scan(
  label: string,
  how: string | undefined,
  at: number,
  finder: IndexFinder,
): PlanFinding | undefined {
  const createIndexes = finder.forScan(at);
  if (how === undefined) {
    const hint = createIndexes.length > 0 ? "" : ": no condition that was found could use an index";
    return finding("scan", `It reads the whole of "${label}"${hint}`, createIndexes);
  }
  // In the order of an index up to a limit it need not come to the end.
  if (createIndexes.length === 0 && finder.isLimited(at)) return undefined;
  return finding("scan", `It reads the whole of an index of "${label}" (${how})`, createIndexes);
}

function finding(
  kind: PlanFinding["kind"],
  text: string,
  createIndexes: readonly string[],
): PlanFinding {
  const help = createIndexes.length === 0 ? "" : ` This would help: ${createIndexes.join("; ")}`;
  return { kind, text: `${text}.${help}`, createIndexes };
}

/** The table of a step that goes through one. */
function labelOf({ detail }: PlanRow): string | undefined {
  const label = STEP.exec(detail)?.groups?.["label"];
  return label === undefined || NO_TABLE.test(label) ? undefined : label;
}

function planText(rows: readonly PlanRow[]): string {
  const depths = new Map<number, number>();
  const lines = rows.map(({ id, parent, detail }) => {
    const depth = (depths.get(parent) ?? -1) + 1;
    depths.set(id, depth);
    return `${"  ".repeat(Math.min(depth, 20))}${detail}`;
  });
  return lines.join("\n");
}
