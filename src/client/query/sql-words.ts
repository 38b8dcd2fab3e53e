/** The words that cannot be the name of a table or a column, nor an alias, without quotes. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "all and as asc between by case cast check collate create cross current_date current_time " +
    "current_timestamp default delete desc distinct do else end escape except exists false from " +
    "full glob group having in index indexed inner insert intersect into is isnull join left like " +
    "limit match natural not notnull null offset on or order outer primary raise recursive regexp " +
    "replace returning right select set table then to true union unique update using values when " +
    "where window with"
  ).split(" "),
);

/** Whether a bare word is one of SQL's own. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word.toLowerCase());
}
