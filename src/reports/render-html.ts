import type {
  Badge,
  BadgeColor,
  Cell,
  Line,
  ReportDocument,
  Section,
  Table,
} from "./report-document.ts";

/**
 * Background and text of a badge, both given, so that neither a light nor a dark page changes how
 * they stand to each other: at least 4.5:1 (WCAG 2.2, 1.4.3).
 */
export const BADGE_COLORS: Readonly<Record<BadgeColor, readonly [string, string]>> = {
  green: ["#1a7f37", "#ffffff"],
  blue: ["#0860c4", "#ffffff"],
  yellow: ["#ffe08a", "#3d2f00"],
  orange: ["#ad4e00", "#ffffff"],
  red: ["#c3202c", "#ffffff"],
  purple: ["#7a45d6", "#ffffff"],
  gray: ["#57606a", "#ffffff"],
};

// The page's own colours are the reader's: only lines and badges have one.
const BODY =
  "margin:0;padding:16px;font:14px/1.45 -apple-system,'Segoe UI',Roboto,Arial,sans-serif";
const ROW = "border-top:1px solid #8c8c8c";
const BADGE = "padding:1px 6px;border-radius:6px;font-size:11px;font-weight:bold";

/**
 * A report as a page of HTML that is a mail as well: tables, styles in the elements, no images, no
 * scripts, nothing that is fetched.
 */
export function renderHtml(document: ReportDocument): string {
  const { language, title, status, lead, sections, footer, link } = document;
  const anchor =
    link === null ? "" : `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.text)}</a></p>`;
  return [
    `<!doctype html>`,
    `<html lang="${escapeHtml(language)}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<meta name="color-scheme" content="light dark">`,
    `<meta name="supported-color-schemes" content="light dark">`,
    `<title>${escapeHtml(title)}</title></head>`,
    `<body style="${BODY}"><div style="max-width:760px;margin:0 auto">`,
    `<h1 style="font-size:20px;margin:0 0 12px">${escapeHtml(title)} ${badgeHtml(status)}</h1>`,
    ...lead.map((line) => paragraph(line)),
    ...sections.flatMap(sectionHtml),
    anchor,
    `<p style="margin:24px 0 0;font-size:12px">${escapeHtml(footer)}</p>`,
    `</div></body></html>`,
    "",
  ].join("\n");
}

function sectionHtml({ heading, badge, lines, table, notes }: Section): string[] {
  const mark = badge === null ? "" : ` ${badgeHtml(badge)}`;
  return [
    `<h2 style="font-size:16px;margin:24px 0 8px">${escapeHtml(heading)}${mark}</h2>`,
    ...lines.map((line) => paragraph(line)),
    ...(table === null ? [] : [tableHtml(table)]),
    ...notes.map((line) => paragraph(line, ";font-size:12px")),
  ];
}

/** What is said of a row is not said of each cell: fifty rows have to fit into a mail. */
function tableHtml({ columns, rows }: Table): string {
  const head = columns.map(
    ({ label, align }) => `<th scope="col" align="${align}">${escapeHtml(label)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((one, column) => cellHtml(one, columns[column]?.align ?? "left"));
    return `<tr align="right" valign="top" style="${ROW}">${cells.join("")}</tr>`;
  });
  return [
    `<div style="overflow-x:auto">`,
    `<table cellpadding="5" style="border-collapse:collapse;width:100%">`,
    `<thead><tr valign="bottom">${head.join("")}</tr></thead>`,
    `<tbody>`,
    ...body,
    `</tbody></table></div>`,
  ].join("\n");
}

function cellHtml({ text, isName, badge, detail }: Cell, align: "left" | "right"): string {
  const parts = [
    isName ? `<b>${escapeHtml(text)}</b>` : escapeHtml(text),
    ...(badge === null ? [] : [badgeHtml(badge)]),
    ...(detail === "" ? [] : [`<br><small>${escapeHtml(detail)}</small>`]),
  ];
  return `<td${align === "left" ? ` align="left"` : ""}>${parts.join(" ")}</td>`;
}

function badgeHtml({ word, color }: Badge): string {
  const [background, ink] = BADGE_COLORS[color];
  return `<span style="background:${background};color:${ink};${BADGE}">${escapeHtml(word)}</span>`;
}

function paragraph(line: Line, style = ""): string {
  const text = line.map((part) =>
    typeof part === "string" ? escapeHtml(part) : `<b>${escapeHtml(part.name)}</b>`,
  );
  return `<p style="margin:4px 0${style}">${text.join("")}</p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element or a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
