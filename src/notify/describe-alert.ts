import { type Comparison, type Language, SEVERITIES, type Unit } from "../alerts/rule.ts";
import { WHOLE_TARGET } from "../names.ts";
import type { AlertText, FieldLabels } from "./alert-text.ts";
import type { MessageContext } from "./channel.ts";
import { clip } from "./clip.ts";
import {
  formatDuration,
  formatNumber,
  formatThreshold,
  formatTime,
  formatValue,
  NO_VALUE,
} from "./format.ts";
import type { AlertNotice } from "./notice.ts";
import { oneLine, wholeLines } from "./one-line.ts";
import { EN } from "./texts/en.ts";
import type { Phrases } from "./texts/phrases.ts";
import { PT_BR } from "./texts/pt-br.ts";

/** Most characters of {@link AlertText.summary}. */
const MAX_SUMMARY_LENGTH = 300;

/** The tenant of an installation that has one. */
const DEFAULT_TENANT = "default";

const PHRASES: Readonly<Record<Language, Phrases>> = { en: EN, "pt-BR": PT_BR };

const SIGNS: Readonly<Record<Comparison, string>> = { ">=": "≥", ">": ">", "<=": "≤", "<": "<" };

/** The phrases of a language. */
export function phrasesIn(language: Language): Phrases {
  return PHRASES[language];
}

/** The names of an alert's fields. */
export function fieldLabels(language: Language): FieldLabels {
  return phrasesIn(language).labels;
}

/** What happened to one alert, in words of the context's language. Plain text, not escaped. */
export function describeAlert(notice: AlertNotice, context: MessageContext): AlertText {
  const phrases = phrasesIn(context.language);
  const where = describeWhere(notice, phrases, context.tenant);
  const condition = describeCondition(notice, context.language);
  const value = describeValue(notice, context.language);
  const since = formatTime(notice.since, context.language, context.timeZone);
  const duration = describeDuration(notice, context);
  const isOver = notice.event === "resolved";
  const parts = {
    severity: phrases.severities[notice.severity],
    rule: oneLine(notice.rule),
    where,
    condition,
    value: value === NO_VALUE ? "" : value,
    since,
    duration,
    repeats: notice.event === "repeat" ? notice.repeats : 0,
  };
  return {
    title: describeTitle(notice, phrases),
    where,
    condition,
    value,
    since,
    duration,
    action: isOver ? "" : wholeLines(notice.action[context.language]),
    acknowledged: oneLine(notice.acknowledgedBy ?? ""),
    summary: clip(
      isOver ? phrases.resolvedSummary(parts) : phrases.firingSummary(parts),
      MAX_SUMMARY_LENGTH,
    ),
    link: alertLink(notice.alertId, context.dashboardUrl),
  };
}

/** How many alerts a message is about, and how they stand. One line. */
export function describeGroup(notices: readonly AlertNotice[], context: MessageContext): string {
  const phrases = phrasesIn(context.language);
  const firing = notices.filter(({ event }) => event !== "resolved");
  const severities = SEVERITIES.flatMap((severity) => {
    const count = firing.filter((notice) => notice.severity === severity).length;
    return count > 0 ? [phrases.severityCount(severity, count)] : [];
  }).join(", ");
  return phrases.group(notices.length, firing.length, severities, notices.length - firing.length);
}

/** What a test message says. */
export function describeTest(context: MessageContext): { title: string; text: string } {
  const phrases = phrasesIn(context.language);
  return { title: phrases.testTitle, text: phrases.testText(oneLine(context.tenant)) };
}

/** Where the page shows an alert; empty if it is not known where the page is. */
export function alertLink(alertId: string, dashboardUrl: string | null): string {
  if (dashboardUrl === null) return "";
  // What is no text of whole characters has no encoding in a URL.
  return `${dashboardUrl}/#alert=${encodeURIComponent(alertId.toWellFormed())}`;
}

function describeTitle(notice: AlertNotice, phrases: Phrases): string {
  const state =
    notice.event === "resolved" ? phrases.resolved : phrases.severities[notice.severity];
  const parts = [state, oneLine(notice.rule), describeShortly(notice)];
  if (notice.event === "repeat") parts.push(phrases.reminder(notice.repeats));
  return parts.join(" · ");
}

/** Of a probe its name as well: all of them are one target. */
function describeShortly(notice: AlertNotice): string {
  const target = oneLine(notice.target);
  return notice.measure === "failing" && notice.operation !== WHOLE_TARGET
    ? `${target} ${oneLine(notice.operation)}`
    : target;
}

/** A channel may be that of several tenants. Who has only the one that comes with it need not read its name. */
function describeWhere(notice: AlertNotice, phrases: Phrases, tenant: string): string {
  const where = describeSeries(notice, phrases);
  return tenant === DEFAULT_TENANT ? where : `${where} (${oneLine(tenant)})`;
}

function describeSeries(notice: AlertNotice, phrases: Phrases): string {
  const target = oneLine(notice.target);
  if (notice.metric === "system") return target;
  return notice.operation === WHOLE_TARGET
    ? phrases.wholeTarget(target)
    : phrases.operation(target, oneLine(notice.operation));
}

function describeCondition(notice: AlertNotice, language: Language): string {
  const { metric, comparison, threshold, percentile, measure } = notice;
  // What follows the detail in a summary goes on with its sentence.
  if (metric === "system")
    return oneLine(notice.detail?.[language] ?? notice.rule).replace(/\.$/, "");
  const phrases = phrasesIn(language);
  if (isOfFailing(notice)) return phrases.probeFails;
  return phrases.conditions[metric]({
    sign: SIGNS[comparison],
    threshold:
      metric === "noData"
        ? formatDuration(threshold, language)
        : formatThreshold(threshold, unitOf(notice), language),
    count: threshold,
    percentile: percentile === null ? "" : formatNumber(percentile, 3, language),
    measure: measure === undefined ? "" : phrases.measures[measure],
  });
}

function describeValue(notice: AlertNotice, language: Language): string {
  const { metric, value, threshold } = notice;
  if (isOfFailing(notice)) {
    const { found } = notice;
    return typeof found === "number" ? formatThreshold(found, "Value", language) : NO_VALUE;
  }
  if (value === null || !Number.isFinite(value) || metric === "system") return NO_VALUE;
  if (metric === "noData") return formatDuration(value, language);
  const text = formatValue(value, unitOf(notice), language, threshold);
  return metric === "consecutiveErrors" ? phrasesIn(language).errors(text, value) : text;
}

/** That `failing` is 1 says nothing that the probe's own value does not say better. */
function isOfFailing({ measure, comparison, threshold }: AlertNotice): boolean {
  return measure === "failing" && comparison === ">=" && threshold === 1;
}

/** A measure's name ends with its unit. */
function unitOf({ unit, measure }: AlertNotice): Unit {
  return unit === "Value" && measure?.endsWith("Ms") === true ? "Ms" : unit;
}

function describeDuration(notice: AlertNotice, context: MessageContext): string {
  const { event, since, resolvedAt, resolvedReason } = notice;
  const untilMs = event === "resolved" ? (resolvedAt ?? context.nowMs) : context.nowMs;
  const text = formatDuration(untilMs - since, context.language);
  if (event !== "resolved" || resolvedReason === null) return text;
  return phrasesIn(context.language).lasted[resolvedReason](text);
}
