import type { Language } from "../alerts/rule.ts";
import type { ReportMail } from "../notify/notice.ts";
import { layOutReport, subjectOf } from "./lay-out-report.ts";
import { renderHtml } from "./render-html.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { renderText } from "./render-text.ts";
import type { PeriodReport } from "./report.ts";

/** How a report is rendered. */
export interface RenderOptions {
  readonly language: Language;
  /** Where the page is, for a link; null for none. */
  readonly dashboardUrl: string | null;
}

/** Most rows of a table. */
export const MAX_ROWS = 50;

/** Longest HTML, in bytes: mail clients cut what is longer (Gmail at 102 KB). */
export const MAX_HTML_BYTES = 100_000;

const ENCODER = new TextEncoder();

/** A report as channels send it. */
export function renderReport(report: PeriodReport, options: RenderOptions): ReportMail {
  return {
    subject: subjectOf(report, options.language),
    text: renderText(layOutReport(report, { ...options, maxRows: MAX_ROWS })),
    markdown: reportMarkdown(report, options),
    html: reportHtml(report, options),
    json: report,
  };
}

/** The report as Markdown alone. */
export function reportMarkdown(report: PeriodReport, options: RenderOptions): string {
  return renderMarkdown(layOutReport(report, { ...options, maxRows: MAX_ROWS }));
}

/** The report as HTML alone: with fewer rows if it would otherwise be too long for a mail. */
export function reportHtml(report: PeriodReport, options: RenderOptions): string {
  for (let maxRows = MAX_ROWS; ; maxRows = Math.floor(maxRows / 2)) {
    const html = renderHtml(layOutReport(report, { ...options, maxRows }));
    if (maxRows <= 1 || ENCODER.encode(html).length <= MAX_HTML_BYTES) return html;
  }
}
