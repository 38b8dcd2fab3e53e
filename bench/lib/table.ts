import type { BenchRow } from "./bench-row.ts";

const MARK = { pass: "✓ pass", MISS: "✗ MISS", info: "shown", skipped: "skipped" } as const;

/** Rows as a table in Markdown. */
export function markdownTable(rows: readonly BenchRow[]): string {
  const head = ["What", "Goal", "Measured", "", "Spread", "Note"];
  const cells = rows.map(({ what, goal, measured, verdict, spread, note }) =>
    [what, goal, `**${measured}**`, MARK[verdict], spread, note].map((cell) =>
      cell.replaceAll("|", "\\|"),
    ),
  );
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...cells.map(line)].join("\n");
}
