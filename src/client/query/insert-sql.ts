/** What becomes of a row that collides with one that is there, or with an earlier one. */
export type OnConflict =
  /** The transaction fails. The default. */
  | "fail"
  /** It is left out, if a unique key collides; whatever else is wrong still fails. */
  | "ignore"
  /** The other one is deleted. */
  | "replace"
  /** These columns of the other one, which has the same values in `on`, take the row's values. */
  | { readonly update: readonly string[]; readonly on: readonly string[] };

/** Longest name of a table or a column. */
const MAX_NAME_CHARACTERS = 128;

/** Most columns of a table of D1, and most parameters of a statement. */
export const MAX_COLUMNS = 100;

/** Where the rows of one `insertMany` go. */
export interface InsertPlace {
  readonly table: string;
  readonly columns: readonly string[];
  readonly onConflict: OnConflict;
}

/** @throws TypeError when a name cannot be one, or a column is named that is not there. */
export function checkPlace({ table, columns, onConflict }: InsertPlace): void {
  checkName("table", table);
  if (columns.length === 0) throw new TypeError("There are no columns: a row needs at least one");
  if (columns.length > MAX_COLUMNS) {
    throw new TypeError(
      `${columns.length} columns: D1 takes at most ${MAX_COLUMNS} in a statement`,
    );
  }
  for (const column of columns) checkName("column", column);
  const folded = columns.map((column) => column.toLowerCase());
  const twice = columns.find((_, at) => folded.indexOf(folded[at] ?? "") !== at);
  if (twice !== undefined) throw new TypeError(`The column "${twice}" is there twice`);
  if (typeof onConflict === "string") return checkWord(onConflict);
  for (const key of ["update", "on"] as const) {
    if (onConflict[key].length === 0) {
      throw new TypeError(`onConflict.${key} names no column: for no update say "ignore"`);
    }
    for (const column of onConflict[key]) {
      if (columns.includes(column)) continue;
      throw new TypeError(`onConflict.${key} names "${column}", which is not among the columns`);
    }
  }
}

/** The statement that inserts `rows` rows of bound values. */
export function valuesSql(place: InsertPlace, rows: number): string {
  const row = `(${place.columns.map(() => "?").join(",")})`;
  const list = Array.from({ length: rows }, () => row).join(",");
  return `${head(place)}VALUES ${list}${tail(place.onConflict)}`;
}

/**
 * The statement that inserts the rows of a bound JSON array of arrays, in its order. `WHERE true`
 * keeps SQLite from reading `ON CONFLICT` as the condition of a join.
 */
export function jsonSql(place: InsertPlace): string {
  const list = place.columns.map((_, at) => `value->>${at}`).join(",");
  const source = `SELECT ${list} FROM json_each(?1) WHERE true ORDER BY rowid`;
  return `${head(place)}${source}${tail(place.onConflict)}`;
}

/** A name as SQL reads it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function head({ table, columns, onConflict }: InsertPlace): string {
  const verb = onConflict === "replace" ? "INSERT OR REPLACE" : "INSERT";
  return `${verb} INTO ${quoted(table)} (${columns.map(quoted).join(",")}) `;
}

function tail(onConflict: OnConflict): string {
  if (onConflict === "ignore") return " ON CONFLICT DO NOTHING";
  if (typeof onConflict === "string") return "";
  const set = onConflict.update.map((column) => `${quoted(column)}=excluded.${quoted(column)}`);
  return ` ON CONFLICT (${onConflict.on.map(quoted).join(",")}) DO UPDATE SET ${set.join(",")}`;
}

function checkName(what: "table" | "column", name: unknown): void {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`A ${what} has to be named by a text that is not empty`);
  }
  if (name.length > MAX_NAME_CHARACTERS || name.includes("\0") || !name.isWellFormed()) {
    const shown = JSON.stringify(name.slice(0, 40));
    throw new TypeError(
      `${shown} cannot name a ${what}: at most ${MAX_NAME_CHARACTERS} characters, no NUL`,
    );
  }
}

/** For callers without types. */
function checkWord(onConflict: Exclude<OnConflict, object>): void {
  if (["fail", "ignore", "replace"].includes(onConflict)) return;
  throw new TypeError(
    'onConflict has to be "fail", "ignore", "replace" or { update: [columns], on: [columns] }',
  );
}
