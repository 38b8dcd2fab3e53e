import type { SqlScope, SqlSource } from "./sql-scope.ts";
import { isSign, isWord, nameOf, splitAt } from "./sql-tree.ts";
import type { SqlNode } from "./sql-tree.ts";

/** A column of a source. */
export interface SqlColumn {
  readonly source: SqlSource;
  readonly column: string;
}

/** A condition that an index on its column can serve. */
export interface SqlTerm extends SqlColumn {
  readonly kind: "equal" | "range";
  /** The sources that the other side is made of: none for a constant or a parameter. */
  readonly against: readonly SqlSource[];
}

/** A column that rows are sorted or grouped by. */
export interface SortColumn extends SqlColumn {
  readonly isDescending: boolean;
}

/** The conditions of a scope that compare a bare column with something of other sources. */
export function termsOf(scope: SqlScope): SqlTerm[] {
  const terms: SqlTerm[] = [];
  for (const condition of scope.conditions) {
    const at = condition.findIndex(
      (node) =>
        isSign(node, "=", "==", "<", ">", "<=", ">=") || isWord(node, "in", "is", "between"),
    );
    if (at < 0 || condition.some((node) => isWord(node, "collate", "not"))) continue;
    const [left, right] = [condition.slice(0, at), condition.slice(at + 1)];
    const isRange = isSign(condition[at], "<", ">", "<=", ">=") || isWord(condition[at], "between");
    const kind = isRange ? "range" : "equal";
    addTerm(terms, scope, kind, left, right);
    if (condition[at]?.kind === "sign") addTerm(terms, scope, kind, right, left);
  }
  for (const { column, sources } of scope.joined) {
    for (const source of sources) {
      const against = sources.filter((other) => other !== source);
      terms.push({ kind: "equal", source, column, against });
    }
  }
  return terms;
}

/** What rows are grouped by, or else sorted by, if it is nothing but columns. */
export function sortColumns(scope: SqlScope): SortColumn[] | undefined {
  const isGrouped = scope.groupBy.length > 0;
  const by = isGrouped ? scope.groupBy : scope.orderBy;
  const parts =
    by.length > 0
      ? splitAt(by, (node) => isSign(node, ","))
      : scope.isDistinct
        ? scope.results
        : [];
  const columns = parts.map((part) => {
    const isDescending = isWord(part.at(-1), "desc");
    const bare = isDescending || isWord(part.at(-1), "asc") ? part.slice(0, -1) : part;
    const found = columnOf(resultFor(bare, scope) ?? bare, scope);
    return found === undefined ? undefined : { ...found, isDescending };
  });
  const known = columns.filter((column) => column !== undefined);
  return known.length === 0 || known.length < columns.length ? undefined : known;
}

function addTerm(
  terms: SqlTerm[],
  scope: SqlScope,
  kind: SqlTerm["kind"],
  side: readonly SqlNode[],
  other: readonly SqlNode[],
): void {
  const column = columnOf(side, scope);
  if (column === undefined || other.length === 0) return;
  const against = sourcesIn(other, scope);
  if (against !== undefined && !against.includes(column.source)) {
    terms.push({ ...column, kind, against });
  }
}

/** The column that the nodes are, and nothing besides. */
function columnOf(nodes: readonly SqlNode[], scope: SqlScope): SqlColumn | undefined {
  const qualifier = nodes.length === 3 && isSign(nodes[1], ".") ? nameOf(nodes[0]) : undefined;
  if (nodes.length !== 1 && qualifier === undefined) return undefined;
  const column = nameOf(nodes.at(-1));
  if (column === undefined || /^(?:rowid|oid|_rowid_)$/i.test(column)) return undefined;
  const source = resolve(qualifier, scope);
  return source === undefined ? undefined : { source, column };
}

/** The sources of all columns in an expression, or undefined if one cannot be told. */
function sourcesIn(nodes: readonly SqlNode[], scope: SqlScope): SqlSource[] | undefined {
  const found: SqlSource[] = [];
  for (const [at, node] of nodes.entries()) {
    if (node.kind === "group") {
      // A subquery has scopes of its own, and at least its result comes before it is compared.
      if (isWord(node.children[0], "select", "with", "values")) continue;
      const inner = sourcesIn(node.children, scope);
      if (inner === undefined) return undefined;
      found.push(...inner);
      continue;
    }
    const isPart = isSign(nodes[at - 1], ".");
    const isCall = nodes[at + 1]?.kind === "group";
    const name = nameOf(node);
    if (name === undefined || isPart || isCall) continue;
    const source = resolve(isSign(nodes[at + 1], ".") ? name : undefined, scope);
    if (source === undefined) return undefined;
    found.push(source);
  }
  return found;
}

/** A bare column can be told only where there is one source. */
function resolve(qualifier: string | undefined, scope: SqlScope): SqlSource | undefined {
  if (qualifier === undefined) return scope.sources.length === 1 ? scope.sources[0] : undefined;
  const label = qualifier.toLowerCase();
  for (let at: SqlScope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.sources.find((source) => source.label.toLowerCase() === label);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a result's alias or its number stands for; an empty list for what is no column. */
function resultFor(nodes: readonly SqlNode[], scope: SqlScope): readonly SqlNode[] | undefined {
  const [only] = nodes;
  if (nodes.length !== 1 || only === undefined || only.kind === "group") return undefined;
  if (only.kind === "number") return scope.results[Number(only.value) - 1] ?? [];
  const alias = nameOf(only)?.toLowerCase();
  for (const result of scope.results) {
    const before = result.at(-2);
    if (before === undefined || before.kind === "sign") continue;
    if (nameOf(result.at(-1))?.toLowerCase() !== alias) continue;
    return result.slice(0, isWord(before, "as") ? -2 : -1);
  }
  return undefined;
}
