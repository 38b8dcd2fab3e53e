import type { Language } from "../alerts/rule.ts";
import type { AlertText } from "./alert-text.ts";
import { fieldLabels } from "./describe-alert.ts";
import { escapeHtml } from "./escape-html.ts";

/**
 * Of middle lightness, so that they can be read on white and on black: clients that know a dark mode
 * change the background below a mail, and some of them the colours of its text.
 */
const QUIET = "#767676";
const LINE = "#8c8c8c";
const FONT = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** One alert in a mail. */
export interface MailBlock {
  readonly text: AlertText;
  /** Of the bar beside it, as `#c62828`. */
  readonly colour: string;
}

export interface MailPage {
  readonly language: Language;
  readonly title: string;
  /** Above the alerts, or empty. */
  readonly lead: string;
  readonly blocks: readonly MailBlock[];
  readonly footer: string;
}

/**
 * A mail as HTML of the kind that mail clients agree on: tables, styles at the elements, no images,
 * nothing loaded from elsewhere. Every text is escaped here.
 */
export function mailHtml({ language, title, lead, blocks, footer }: MailPage): string {
  return [
    "<!doctype html>",
    `<html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(title)}</title></head>`,
    `<body style="margin:0;padding:16px;font-family:${FONT};font-size:15px;line-height:1.5">`,
    lead === "" ? "" : `<p style="margin:0 0 16px">${lines(lead)}</p>`,
    ...blocks.map((block) => alertTable(block, language)),
    `<p style="margin:16px 0 0;font-size:13px;color:${QUIET}">${lines(footer)}</p>`,
    "</body></html>",
  ].join("\n");
}

function alertTable({ text, colour }: MailBlock, language: Language): string {
  const labels = fieldLabels(language);
  const rows = [
    row(labels.where, lines(text.where)),
    row(labels.condition, lines(text.condition)),
    row(labels.value, `<strong>${lines(text.value)}</strong>`),
    row(labels.since, lines(text.since)),
    row(labels.duration, lines(text.duration)),
    text.acknowledged === "" ? "" : row(labels.acknowledged, lines(text.acknowledged)),
    text.action === "" ? "" : row(labels.action, lines(text.action)),
    text.link === "" ? "" : row(labels.link, link(text.link)),
  ].join("");
  return (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" ' +
    `style="max-width:640px;margin:0 0 16px;border:1px solid ${LINE};border-left:6px solid ${colour};border-collapse:collapse">` +
    '<tr><td colspan="2" style="padding:10px 14px 6px;font-size:17px">' +
    `<strong>${lines(text.title)}</strong></td></tr>${rows}` +
    '<tr><td colspan="2" style="padding:0 0 6px;font-size:0;line-height:0">&nbsp;</td></tr></table>'
  );
}

function row(label: string, html: string): string {
  return (
    `<tr><td valign="top" style="padding:3px 12px 3px 14px;white-space:nowrap;color:${QUIET}">` +
    `${escapeHtml(label)}</td><td valign="top" dir="auto" ` +
    `style="padding:3px 14px 3px 0;width:100%;word-break:break-word">${html}</td></tr>`
  );
}

function link(url: string): string {
  const escaped = escapeHtml(url);
  return `<a href="${escaped}">${escaped}</a>`;
}

function lines(text: string): string {
  return escapeHtml(text).replaceAll("\n", "<br>");
}
