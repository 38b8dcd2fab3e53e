import { isSign, isWord, nameOf, splitAt } from "./sql-tree.ts";
import type { SqlNode } from "./sql-tree.ts";

/** A table, or what stands for one, that a SELECT, an UPDATE or a DELETE goes through. */
export interface SqlSource {
  /** What the query and its plan call it. */
  readonly label: string;
  /** The table, or undefined when it is a subquery, a function or a common table expression. */
  readonly table: string | undefined;
}

/** One SELECT, UPDATE or DELETE of a statement. */
export interface SqlScope {
  readonly parent: SqlScope | undefined;
  readonly sources: readonly SqlSource[];
  /** What has to hold, joined by AND: of WHERE and of every ON. */
  readonly conditions: readonly (readonly SqlNode[])[];
  /** The columns that USING joins, with the two sources. */
  readonly joined: readonly { readonly column: string; readonly sources: readonly SqlSource[] }[];
  readonly results: readonly (readonly SqlNode[])[];
  readonly orderBy: readonly SqlNode[];
  readonly groupBy: readonly SqlNode[];
  readonly isDistinct: boolean;
  readonly isLimited: boolean;
}

const CLAUSES = [
  "select",
  "from",
  "where",
  "group",
  "having",
  "order",
  "limit",
  "set",
  "returning",
];
const JOINS = ["join", "left", "right", "full", "inner", "cross", "natural", "outer"];

/** Every scope of a statement, the outer ones first, as far as it can be read. */
export function sqlScopes(tree: readonly SqlNode[]): SqlScope[] {
  const scopes: SqlScope[] = [];
  collect(tree, undefined, cteNames(tree), scopes);
  return scopes;
}

function collect(
  nodes: readonly SqlNode[],
  parent: SqlScope | undefined,
  ctes: ReadonlySet<string>,
  scopes: SqlScope[],
): void {
  for (const arm of splitAt(nodes, (node) => isWord(node, "union", "intersect", "except"))) {
    const scope = scopeOf(arm, parent, ctes);
    if (scope !== undefined) scopes.push(scope);
    for (const node of arm) {
      if (node.kind === "group") collect(node.children, scope ?? parent, ctes, scopes);
    }
  }
}

/** What `WITH` names: it reads like a table, and is none. */
function cteNames(nodes: readonly SqlNode[], names = new Set<string>()): ReadonlySet<string> {
  for (const [at, node] of nodes.entries()) {
    if (node.kind === "group") cteNames(node.children, names);
    if (!isWord(node, "as") || !hasGroupAfter(nodes, at)) continue;
    // Between the name and AS there may be the list of its columns.
    const name = nameOf(nodes[nodes[at - 1]?.kind === "group" ? at - 2 : at - 1]);
    if (name !== undefined) names.add(name.toLowerCase());
  }
  return names;
}

function hasGroupAfter(nodes: readonly SqlNode[], at: number): boolean {
  const next = isWord(nodes[at + 1], "not") ? at + 2 : at + 1;
  return nodes[isWord(nodes[next], "materialized") ? next + 1 : next]?.kind === "group";
}

function scopeOf(
  nodes: readonly SqlNode[],
  parent: SqlScope | undefined,
  ctes: ReadonlySet<string>,
): SqlScope | undefined {
  const clauses = clausesOf(nodes);
  const from = clauses.get("from") ?? updated(nodes);
  if (from === undefined) return undefined;
  const select = clauses.get("select") ?? [];
  const isDistinct = isWord(select[0], "distinct");
  const read = readFrom(from, ctes);
  const limit = clauses.get("limit");
  return {
    ...read,
    parent,
    conditions: [...read.conditions, ...conjuncts(clauses.get("where") ?? [])],
    results: splitAt(isDistinct ? select.slice(1) : select, (node) => isSign(node, ",")),
    orderBy: (clauses.get("order") ?? []).slice(1),
    groupBy: (clauses.get("group") ?? []).slice(1),
    isDistinct,
    isLimited: limit !== undefined,
  };
}

/** What follows each keyword that begins a clause. */
function clausesOf(nodes: readonly SqlNode[]): Map<string, SqlNode[]> {
  const clauses = new Map<string, SqlNode[]>();
  let current: SqlNode[] = [];
  for (const [at, node] of nodes.entries()) {
    // a IS DISTINCT FROM b
    const isComparison = isWord(node, "from") && isWord(nodes[at - 1], "distinct");
    if (node.kind === "word" && isWord(node, ...CLAUSES) && !isComparison) {
      current = [];
      clauses.set(node.value.toLowerCase(), current);
    } else current.push(node);
  }
  return clauses;
}

/** The table of an UPDATE that has no FROM. */
function updated(nodes: readonly SqlNode[]): SqlNode[] | undefined {
  const at = nodes.findIndex((node) => isWord(node, "update"));
  const end = nodes.findIndex((node) => isWord(node, "set"));
  if (at < 0 || end < at) return undefined;
  // UPDATE OR IGNORE t
  return nodes.slice(isWord(nodes[at + 1], "or") ? at + 3 : at + 1, end);
}

function readFrom(
  nodes: readonly SqlNode[],
  ctes: ReadonlySet<string>,
): Pick<SqlScope, "sources" | "conditions" | "joined"> {
  const sources: SqlSource[] = [];
  const conditions: SqlNode[][] = [];
  const joined: { column: string; sources: SqlSource[] }[] = [];
  const items = splitAt(nodes, (node) => isSign(node, ",") || isWord(node, ...JOINS));
  for (const item of items.filter(({ length }) => length > 0)) {
    const on = item.findIndex((node) => isWord(node, "on", "using"));
    const source = sourceOf(on < 0 ? item : item.slice(0, on), ctes);
    const before = sources.at(-1);
    sources.push(source);
    if (on < 0) continue;
    if (isWord(item[on], "on")) conditions.push(...conjuncts(item.slice(on + 1)));
    else if (before !== undefined && sources.length === 2) {
      for (const column of namesIn(item[on + 1]))
        joined.push({ column, sources: [before, source] });
    }
  }
  return { sources, conditions, joined };
}

function sourceOf(nodes: readonly SqlNode[], ctes: ReadonlySet<string>): SqlSource {
  // SCHEMA.TABLE
  const at = isSign(nodes[1], ".") ? 2 : 0;
  const name = nameOf(nodes[at]);
  const rest = nodes.slice(at + 1);
  const isTable = name !== undefined && rest[0]?.kind !== "group" && !ctes.has(name.toLowerCase());
  const alias = rest.map((node) => nameOf(node)).find((each) => each !== undefined);
  return { label: alias ?? name ?? "", table: isTable ? name : undefined };
}

function namesIn(node: SqlNode | undefined): string[] {
  if (node?.kind !== "group") return [];
  return node.children.map((child) => nameOf(child)).filter((name) => name !== undefined);
}

/** The terms that all have to hold; nothing of what an OR makes optional. */
function conjuncts(nodes: readonly SqlNode[]): SqlNode[][] {
  if (nodes.some((node) => isWord(node, "or"))) return [];
  let isBetween = false;
  const terms = splitAt(nodes, (node) => {
    if (isWord(node, "between")) isBetween = true;
    if (!isWord(node, "and")) return false;
    const separates = !isBetween;
    isBetween = false;
    return separates;
  });
  return terms.flatMap((term) => {
    const [only] = term;
    const isWrapped = term.length === 1 && only?.kind === "group";
    return isWrapped && !isWord(only.children[0], "select") ? conjuncts(only.children) : [term];
  });
}
