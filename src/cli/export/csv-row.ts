/** What a cell may hold; null and undefined make an empty one. */
type CsvCell = string | number | null | undefined;

/** How a spreadsheet recognises a formula, also behind white space, which it trims. */
const FORMULA = /^[\s\uFEFF]*[=+\-@\t\r|%]/;

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * One row of a CSV file (RFC 4180), with its line end. A text that a spreadsheet would take for a
 * formula gets an apostrophe before it, as OWASP advises ("CSV injection"); numbers stay numbers,
 * with a point for the decimals.
 * @throws RangeError for a number that is not finite.
 */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") {
    if (!Number.isFinite(cell)) throw new RangeError(`${cell} cannot stand in a CSV file`);
    return String(cell);
  }
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
