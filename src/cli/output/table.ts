import CliTable3 from "cli-table3";
import type { Paint, Style } from "./colour.ts";
import { safeText } from "./safe-text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right. Default: left. */
  readonly align?: "left" | "right";
  /** Whether it gives way where the terminal is too narrow. Default: no. */
  readonly isFlexible?: boolean;
  /** Where that is not enough, columns with a rank are left out, the highest first. */
  readonly rank?: number;
}

/** A text, or one with a style. It may be anybody's: it is made safe here. */
export type Cell = string | { readonly text: string; readonly style?: Style | undefined };

interface TableOptions {
  /** Most characters of a line; undefined for as many as are needed, as in a pipe. */
  readonly width: number | undefined;
  readonly paint: Paint;
  /** Whether the titles stand above. Default: yes. */
  readonly hasTitles?: boolean;
}

/** Between two columns. */
const GAP = 2;

/** What is left of a flexible column at least. */
const MIN_WIDTH = 10;

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
} as const;

/** Lines of aligned columns without borders, the titles first; no line feed at the end. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, paint, hasTitles = true }: TableOptions,
): string {
  const titles = columns.map(({ title }): Cell => ({ text: title, style: "dim" }));
  const all = hasTitles ? [titles, ...rows] : rows;
  if (all.length === 0) return "";
  const natural = columns.map((_, index) => naturalWidth(all.map((row) => textOf(row[index]))));
  const fitted = width === undefined ? natural : fit(columns, natural, width);
  const kept = [...columns.keys()].filter((index) => fitted[index] !== undefined);
  const table = new CliTable3({
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": GAP, head: [], border: [], compact: true },
    colAligns: kept.map((index) => columns[index]?.align ?? "left"),
    colWidths: kept.map((index) => (fitted[index] ?? 0) + GAP),
    truncate: "…",
  });
  for (const row of all) table.push(kept.map((index) => painted(row[index], paint)));
  // What is to the right of the last column is nobody's.
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function textOf(cell: Cell | undefined): string {
  return safeText(typeof cell === "string" ? cell : (cell?.text ?? ""));
}

function painted(cell: Cell | undefined, paint: Paint): string {
  const style = typeof cell === "string" ? undefined : cell?.style;
  return paint(style, textOf(cell));
}

/** Widths with which all columns together are at most `width`, undefined for those left out. */
function fit(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural];
  const least = columns.map(({ isFlexible }, index) =>
    isFlexible === true ? Math.min(natural[index] ?? 0, MIN_WIDTH) : (natural[index] ?? 0),
  );
  const dispensable = [...columns.entries()]
    .flatMap(([index, { rank }]) => (rank === undefined ? [] : [{ index, rank }]))
    .toSorted((one, other) => other.rank - one.rank);
  const isKept = (_: number, index: number): boolean => widths[index] !== undefined;
  for (const { index } of dispensable) {
    if (total(least.filter(isKept)) <= width) break;
    widths[index] = undefined;
  }
  shrink(widths, width, (index) => (columns[index]?.isFlexible === true ? MIN_WIDTH : Infinity));
  // Nothing is left but to cut off what should not be: longer lines would wrap, and say less.
  shrink(widths, width, () => 1);
  return widths;
}

/** Takes from the widest column as often as needed. @param leastOf what is left of a column at least. */
function shrink(
  widths: (number | undefined)[],
  width: number,
  leastOf: (index: number) => number,
): void {
  let excess = total(widths.filter((one) => one !== undefined)) - width;
  for (; excess > 0; excess--) {
    let widest: number | undefined;
    for (const [index, one = 0] of widths.entries()) {
      const isWider = one > (widest === undefined ? 0 : (widths[widest] ?? 0));
      if (isWider && one > leastOf(index)) widest = index;
    }
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one + GAP, -GAP);
}

/** Columns of a terminal that the widest of some texts takes, measured as the table measures it. */
function naturalWidth(texts: readonly string[]): number {
  const probe = new CliTable3({
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  // The width of a table is the length of its first line, which here is padded with blanks alone.
  probe.push([""], ...texts.map((text) => [text]));
  return probe.width;
}
