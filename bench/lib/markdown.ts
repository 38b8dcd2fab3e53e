import type { BenchRow } from "./bench-row.ts";
import type { BenchTable } from "./bench-table.ts";
import type { PartResult } from "./part-result.ts";

const MARK = {
  pass: "✓ pass",
  MISS: "✗ MISS",
  info: "shown",
  skipped: "skipped",
  failed: "✗ failed",
} as const;

/** Rows as a table in Markdown. */
export function markdownOfRows(rows: readonly BenchRow[]): string {
  const head = ["What", "Goal", "Measured", "", "Spread", "Note"];
  const cells = rows.map(({ what, goal, measured, verdict, spread, note }) => [
    what,
    goal,
    `**${measured}**`,
    MARK[verdict],
    spread,
    note,
  ]);
  return table(head, cells);
}

/** A table of several systems, with its title and notes. */
export function markdownOfTable({ title, columns, rows, notes = [] }: BenchTable): string {
  const below = notes.length === 0 ? [] : ["", ...notes.map((note) => `- ${note}`)];
  return [`**${title}**`, "", table(columns, rows), ...below].join("\n");
}

/** All that a part came to. */
export function markdownOfPart({ rows, tables }: Pick<PartResult, "rows" | "tables">): string {
  const blocks = rows.length === 0 ? [] : [markdownOfRows(rows)];
  return [...blocks, ...tables.map(markdownOfTable)].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A cell without a head would not be shown.
  const width = Math.max(head.length, ...rows.map((cells) => cells.length));
  const line = (cells: readonly string[]): string =>
    `| ${Array.from({ length: width }, (_, i) => cellOf(cells[i] ?? "")).join(" | ")} |`;
  const rule = `| ${Array.from({ length: width }, () => "---").join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** One line, and no markup by accident: what a measurement broke off with may be anything. */
function cellOf(text: string): string {
  return text
    .replaceAll(/\s*[\r\n]\s*/gu, " ")
    .replaceAll(/(\\*)\|/gu, (_, slashes: string) => `${slashes}${slashes}\\|`)
    .replaceAll(/<(?=[a-z/!?])/giu, "&lt;");
}
