import type { Cell, Line, ReportDocument, Section, Table } from "./report-document.ts";

/** A report as plain text, with its tables in columns of a fixed width. */
export function renderText(document: ReportDocument): string {
  const { title, lead, sections, footer, link } = document;
  const blocks = [
    underlined(title, "="),
    lead.map(lineText).join("\n"),
    ...sections.map(sectionText),
    link === null ? footer : `${footer}\n${link.text}: ${link.url}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sectionText({ heading, badge, lines, table, notes }: Section): string {
  return [
    underlined(badge === null ? heading : `${heading}: ${badge.word}`, "-"),
    ...lines.map(lineText),
    ...(table === null ? [] : [tableText(table)]),
    ...notes.map(lineText),
  ].join("\n");
}

function tableText({ columns, rows }: Table): string {
  const lines = [columns.map(({ label }) => label), ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((text, column) => {
          const width = widths[column] ?? 0;
          return columns[column]?.align === "right" ? text.padStart(width) : text.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellText({ text, badge, detail }: Cell): string {
  return [
    text,
    ...(badge === null ? [] : [badge.word]),
    ...(detail === "" ? [] : [`(${detail})`]),
  ].join(" ");
}

function lineText(line: Line): string {
  return line.map((part) => (typeof part === "string" ? part : part.name)).join("");
}

function underlined(text: string, mark: string): string {
  return `${text}\n${mark.repeat(text.length)}`;
}
