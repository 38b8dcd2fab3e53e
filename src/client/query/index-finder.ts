import { isReserved } from "../sql/sql-keywords.ts";
import { sortColumns, termsOf } from "./sql-columns.ts";
import type { SortColumn, SqlTerm } from "./sql-columns.ts";
import { sqlScopes } from "./sql-scope.ts";
import type { SqlScope, SqlSource } from "./sql-scope.ts";
import { sqlTree } from "./sql-tree.ts";

/** Most columns that an index is proposed on. */
const MAX_INDEX_COLUMNS = 4;

/** Longest name of a proposed index. */
const MAX_INDEX_NAME = 60;

interface Step {
  readonly source: SqlSource;
  readonly scope: SqlScope;
}

interface IndexColumn {
  readonly column: string;
  readonly isDescending?: boolean;
}

/**
 * Finds the index that a step of a plan lacks, by the SQL's own words: it knows no schema, so it
 * proposes nothing where it cannot tell whose column one is.
 */
export class IndexFinder {
  /** What each row of the plan goes through, as far as it is known. */
  readonly #steps: readonly (Step | undefined)[];

  /** @param labels the table of each row of the plan, undefined for a row without one */
  constructor(sql: string, labels: readonly (string | undefined)[]) {
    const all = sqlScopes(sqlTree(sql) ?? []).flatMap((scope) =>
      scope.sources.map((source) => ({ scope, source })),
    );
    this.#steps = labels.map((label, at) => stepOf(all, labels, label, at));
  }

  /** The indexes that would spare a step from going through all rows. */
  forScan(at: number): string[] {
    const step = this.#steps[at];
    if (step === undefined) return [];
    const columns = this.#columnsFor(step, at);
    const own = columns.length === 0 ? this.#turned(step) : [{ source: step.source, columns }];
    return own.flatMap((each) => indexOn(each.source, each.columns));
  }

  /** The index that brings the rows in the order that is asked for, from the first step on. */
  forSort(at: number): string[] {
    const step = this.#steps[at];
    if (step === undefined) return [];
    const columns = this.#columnsFor(step, at);
    const isSorted = this.#sorted(step)?.every(({ column }) =>
      columns.some((each) => sameName(each.column, column)),
    );
    return isSorted === true ? indexOn(step.source, columns) : [];
  }

  /** The index on the columns that SQLite would index by itself. */
  on(at: number, columns: readonly string[]): string[] {
    const source = this.#steps[at]?.source;
    if (source === undefined) return [];
    return indexOn(
      source,
      columns.map((column) => ({ column })),
    );
  }

  /** Whether the query ends after so many rows. */
  isLimited(at: number): boolean {
    return this.#steps[at]?.scope.isLimited === true;
  }

  /** What is equal first; then what is sorted by, or else one range: an index serves no more. */
  #columnsFor(step: Step, at: number): IndexColumn[] {
    const { source, scope } = step;
    const known = new Set(this.#steps.slice(0, at).map((earlier) => earlier?.source));
    const isKnown = (other: SqlSource): boolean =>
      known.has(other) || !scope.sources.includes(other);
    const terms = termsOf(scope).filter((t) => t.source === source && t.against.every(isKnown));
    const columns: IndexColumn[] = [];
    const add = (column: IndexColumn): void => {
      const isNew = columns.every((each) => !sameName(each.column, column.column));
      if (isNew && columns.length < MAX_INDEX_COLUMNS) columns.push(column);
    };
    for (const { kind, column } of terms) if (kind === "equal") add({ column });
    const range = terms.find(({ kind }) => kind === "range");
    const sorted = isFirst(known, scope) ? this.#sorted(step) : undefined;
    const first = sorted?.find(({ column }) => columns.every((c) => !sameName(c.column, column)));
    if (range !== undefined && (first === undefined || !sameName(first.column, range.column))) {
      add({ column: range.column });
    } else for (const column of sorted ?? []) add(column);
    return columns;
  }

  /**
   * A join that begins with the wrong table: nothing narrows this one but another, which could come
   * first, since something narrows that.
   */
  #turned({ source, scope }: Step): { source: SqlSource; columns: IndexColumn[] }[] {
    const terms = termsOf(scope).filter(({ kind }) => kind === "equal");
    const isOwn = ({ against }: SqlTerm): boolean =>
      !against.some((s) => scope.sources.includes(s));
    for (const other of scope.sources) {
      const narrowing = terms.filter((term) => term.source === other && isOwn(term));
      const joining = terms.filter(
        ({ source: own, against }) =>
          own === source && against.length > 0 && against.every((each) => each === other),
      );
      if (narrowing.length === 0 || joining.length === 0) continue;
      return [
        { source: other, columns: narrowing.slice(0, MAX_INDEX_COLUMNS) },
        { source, columns: joining.slice(0, MAX_INDEX_COLUMNS) },
      ];
    }
    return [];
  }

  /** Undefined if a column of another source is among them. */
  #sorted({ source, scope }: Step): SortColumn[] | undefined {
    const columns = sortColumns(scope);
    if (columns === undefined || columns.some((each) => each.source !== source)) return undefined;
    // An index can be read from its end as well.
    const isAllDescending = columns.every(({ isDescending }) => isDescending);
    return isAllDescending ? columns.map((each) => ({ ...each, isDescending: false })) : columns;
  }
}

/** Whether no source of this scope comes before: the order of the first one is the order of all. */
function isFirst(known: ReadonlySet<SqlSource | undefined>, scope: SqlScope): boolean {
  return scope.sources.every((source) => !known.has(source));
}

/** Several sources may be called alike: then the plan has to have as many steps, in their order. */
function stepOf(
  all: readonly Step[],
  labels: readonly (string | undefined)[],
  label: string | undefined,
  at: number,
): Step | undefined {
  if (label === undefined) return undefined;
  const candidates = all.filter(({ source }) => sameName(source.label, label));
  if (candidates.length <= 1) return candidates[0];
  if (labels.filter((each) => each === label).length !== candidates.length) return undefined;
  return candidates[labels.slice(0, at).filter((each) => each === label).length];
}

function indexOn({ table }: SqlSource, columns: readonly IndexColumn[]): string[] {
  if (table === undefined || columns.length === 0) return [];
  const words = ["idx", table, ...columns.map(({ column }) => column)];
  const name = words.map((word) => word.replaceAll(/\W+/g, "_")).join("_");
  const list = columns.map((each) => `${plain(each.column)}${each.isDescending ? " DESC" : ""}`);
  const shortName = plain(name.slice(0, MAX_INDEX_NAME));
  return [`CREATE INDEX ${shortName} ON ${plain(table)} (${list.join(", ")})`];
}

/** A name without quotes where it can do without. */
function plain(name: string): string {
  const isPlain = /^[a-z_]\w*$/i.test(name) && !isReserved(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
