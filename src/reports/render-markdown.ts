import type { Badge, Cell, Line, ReportDocument, Section, Table } from "./report-document.ts";

/**
 * A report as GitHub Flavored Markdown. Names stand in code spans, in which nothing is markup;
 * everything else is escaped.
 */
export function renderMarkdown(document: ReportDocument): string {
  const { title, status, lead, sections, footer, link } = document;
  const blocks = [
    `# ${escapeText(title)} ${badgeText(status)}`,
    lead.map((line) => `- ${lineText(line)}`).join("\n"),
    ...sections.flatMap(sectionBlocks),
    "---",
    escapeText(footer),
  ];
  if (link !== null) blocks.push(`[${escapeText(link.text)}](<${encodeURI(link.url)}>)`);
  return `${blocks.join("\n\n")}\n`;
}

function sectionBlocks({ heading, badge, lines, table, notes }: Section): string[] {
  return [
    `## ${escapeText(heading)}${badge === null ? "" : ` ${badgeText(badge)}`}`,
    ...lines.map(lineText),
    ...(table === null ? [] : [tableText(table)]),
    ...notes.map(lineText),
  ];
}

function tableText({ columns, rows }: Table): string {
  const head = columns.map(({ label }) => escapeText(label));
  const rule = columns.map(({ align }) => (align === "right" ? "--:" : ":--"));
  return [head, rule, ...rows.map((row) => row.map(cellText))]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function cellText({ text, isName, badge, detail }: Cell): string {
  return [
    isName ? codeSpan(text) : escapeText(text),
    ...(badge === null ? [] : [badgeText(badge)]),
    ...(detail === "" ? [] : [`(${escapeText(detail)})`]),
  ].join(" ");
}

function badgeText({ word }: Badge): string {
  return `**${escapeText(word)}**`;
}

function lineText(line: Line): string {
  return line
    .map((part) => (typeof part === "string" ? escapeText(part) : codeSpan(part.name)))
    .join("");
}

/** A code span is longer fenced than any run of backticks in it (CommonMark 0.31, 6.1). */
function codeSpan(name: string): string {
  const runs = [...name.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(0, ...runs) + 1);
  const isPadded = name === "" || name.startsWith("`") || name.endsWith("`");
  const text = isPadded ? ` ${name} ` : name;
  // Cells are split before spans are read (GFM, 4.10).
  return `${fence}${text.replaceAll("|", "\\|")}${fence}`;
}

/** Whatever could begin markup, a link, a mention or an entity is a character. */
function escapeText(text: string): string {
  return text
    .replace(/[\\`*_[\]<>|~&@]/g, "\\$&")
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/\b(www)\./gi, "$1\\.")
    .replace(/^(\s*)(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|[-=]+\s*$)/, "$1\\")
    .replace(/^(\s*\d+)(?=[.)](?:\s|$))/, "$1\\");
}
