import type { Language } from "../alerts/rule.ts";
import type { Status } from "../grades/grade.ts";
import { phrasesIn } from "../notify/describe-alert.ts";
import { formatDuration, formatNumber, formatTime } from "../notify/format.ts";
import { WHOLE_TARGET } from "../names.ts";
import type {
  AlertsSummary,
  CacheRow,
  PeriodReport,
  RuleSummary,
  TargetSummary,
} from "./report.ts";
import {
  badgeCell,
  cell,
  changeText,
  gradeBadge,
  gradedCell,
  megabytesText,
  msText,
  nameCell,
  nameOf,
  perMinuteText,
  rateText,
} from "./report-cells.ts";
import type { BadgeColor, Cell, Line, ReportDocument, Section } from "./report-document.ts";
import { EN } from "./words/en.ts";
import { PT_BR } from "./words/pt-br.ts";
import type { ReportWords } from "./words/report-words.ts";

/** How a report is laid out. */
export interface LayoutOptions {
  readonly language: Language;
  readonly dashboardUrl: string | null;
  /** Most rows of a table; what has most calls is shown. */
  readonly maxRows: number;
}

const WORDS: Readonly<Record<Language, ReportWords>> = { en: EN, "pt-BR": PT_BR };

const STATUS_COLORS: Readonly<Record<Status, BadgeColor>> = {
  HEALTHY: "green",
  WARNING: "yellow",
  CRITICAL: "red",
  UNKNOWN: "gray",
};

/** Everything that the parts of a document are made with. */
interface Setting {
  readonly report: PeriodReport;
  readonly language: Language;
  readonly words: ReportWords;
  readonly maxRows: number;
}

/** Lays a report out in words of one language. */
export function layOutReport(report: PeriodReport, options: LayoutOptions): ReportDocument {
  const { language, dashboardUrl, maxRows } = options;
  const words = WORDS[language];
  const setting = { report, language, words, maxRows };
  const generated = formatTime(report.generatedAt, language, report.timeZone);
  const isLink = dashboardUrl !== null && /^https?:\/\//i.test(dashboardUrl);
  return {
    language,
    title: titleOf(setting),
    status: gradeBadge({ grade: report.status, color: STATUS_COLORS[report.status] }, words),
    lead: leadOf(setting),
    sections: [
      targetsSection(setting),
      d1Section(setting),
      cacheSection(setting),
      alertsSection(setting),
      limitsSection(setting),
    ],
    footer: words.footer(nameOf(report.tenant), generated),
    link: isLink ? { text: words.link, url: dashboardUrl } : null,
  };
}

/** The subject of a mail: one line. */
export function subjectOf(report: PeriodReport, language: Language): string {
  const words = WORDS[language];
  const score = report.score === null ? "" : ` ${formatNumber(report.score, 1, language)}`;
  const title = titleOf({ report, language, words });
  return words.subject(title, nameOf(report.tenant), words.grades[report.status], score);
}

function titleOf({ report, language, words }: Omit<Setting, "maxRows">): string {
  const first = dateText(report.firstDay, language);
  const days =
    report.period === "daily"
      ? first
      : words.days(first, dateText(report.lastDay, language), report.label);
  return words.title(report.period, days);
}

function leadOf({ report, language, words }: Setting): Line[] {
  const { score, status, coverage, timeZone, leftOut } = report;
  const scoreText = score === null ? "" : words.score(formatNumber(score, 1, language));
  const isAsked = coverage.from === report.from && coverage.to === report.to;
  const covers = words.covers(
    formatTime(coverage.from, language, timeZone),
    formatTime(coverage.to, language, timeZone),
  );
  const tooMany = leftOut.targets + leftOut.operations > 0;
  return [
    [`${words.status(words.grades[status])}${scoreText}.`],
    [words.coverage(coverage.hoursWithData, coverage.hours)],
    ...(report.isOver ? [] : [[words.soFar]]),
    ...(report.isOver && !isAsked ? [[covers]] : []),
    ...(tooMany ? [[words.leftOut(leftOut.targets, leftOut.operations)]] : []),
    [words.times(timeZone)],
  ];
}

function targetsSection(setting: Setting): Section {
  const { report, words, language } = setting;
  const { targets } = words;
  const shown = mostFrequent(report.targets, setting.maxRows);
  const rows = shown.map((one) => targetRow(one, setting));
  const isAny = rows.length > 0;
  const columns = [
    { label: targets.target, align: "left" },
    { label: targets.calls, align: "right" },
    { label: targets.perMinute, align: "right" },
    { label: targets.trend, align: "right" },
    { label: targets.latency, align: "right" },
    { label: targets.errors, align: "right" },
  ] as const;
  return {
    heading: targets.heading,
    badge: null,
    lines: isAny ? [] : [[`${sentenceCase(words.noData)}.`]],
    table: isAny ? { columns, rows } : null,
    notes: [
      ...moreLine(report.targets.length - shown.length, words, language),
      ...(isAny ? [[words.against(report.period)]] : []),
    ],
  };
}

function targetRow(one: TargetSummary, { language, words }: Setting): Cell[] {
  const { count, perMinute, throughput, latency, errors } = one;
  const none = cell(words.noData);
  const was = (value: number | null, toText: (value: number) => string): string =>
    value === null ? "" : words.was(toText(value));
  const ms = (value: number): string => msText(value, language);
  const rate = (value: number): string => rateText(value, language);
  return [
    nameCell(one.target, words.kinds[one.kind]),
    count === null ? none : cell(formatNumber(count, 0, language)),
    perMinute === null ? none : cell(perMinuteText(perMinute, language)),
    throughput.ratio === null
      ? none
      : badgeCell(changeText(throughput.ratio, language), throughput.grade, words),
    latency === null
      ? none
      : gradedCell(ms(latency.p95Ms), latency.grade, words, was(latency.beforeP95Ms, ms)),
    errors === null
      ? none
      : badgeCell(rate(errors.rate), errors.grade, words, was(errors.beforeRate, rate)),
  ];
}

function d1Section({ report, words, language }: Setting): Section {
  const { d1 } = report;
  const { heading, none, noWaits, noSize, operation, calls, mean, max } = words.d1;
  if (d1 === null) return { heading, badge: null, lines: [[none]], table: null, notes: [] };
  const { meanWaitMs, sizeBytes } = d1;
  const ms = (value: number): Cell => cell(msText(value, language));
  const number = (value: number): string => formatNumber(value, 0, language);
  return {
    heading,
    badge: gradeBadge(d1.grade, words),
    lines: [
      [words.slowest(number(d1.slowest.length), number(d1.operations))],
      ...(meanWaitMs === null ? [] : [[words.meanWait(msText(meanWaitMs, language))]]),
      ...(sizeBytes === null ? [] : [[words.size(megabytesText(sizeBytes, language))]]),
    ],
    table: {
      columns: [
        { label: operation, align: "left" },
        { label: calls, align: "right" },
        { label: mean, align: "right" },
        { label: max, align: "right" },
      ],
      rows: d1.slowest.map((one) => [
        nameCell(one.operation, nameOf(one.target)),
        cell(number(one.count)),
        ms(one.meanMs),
        ms(one.maxMs),
      ]),
    },
    notes: [...(meanWaitMs === null ? [[noWaits]] : []), ...(sizeBytes === null ? [[noSize]] : [])],
  };
}

function cacheSection({ report, words, language, maxRows }: Setting): Section {
  const { heading, none, cache, hits, misses, hitRate } = words.cache;
  if (report.cache === null)
    return { heading, badge: null, lines: [[none]], table: null, notes: [] };
  const { rows, grade, lookups, hitRate: rate } = report.cache;
  const lookupsText = formatNumber(lookups, 0, language);
  return {
    heading,
    badge: gradeBadge(grade, words),
    lines: [[words.lookups(lookupsText, rateText(rate, language))]],
    table: {
      columns: [
        { label: cache, align: "left" },
        { label: hits, align: "right" },
        { label: misses, align: "right" },
        { label: hitRate, align: "right" },
      ],
      rows: rows.slice(0, maxRows).map((row) => cacheRow(row, words, language)),
    },
    notes: moreLine(rows.length - maxRows, words, language),
  };
}

function cacheRow(row: CacheRow, words: ReportWords, language: Language): Cell[] {
  const rate = rateText(row.hitRate, language);
  const whole = row.isCounted ? words.wholeTarget : words.cache.notCounted;
  const isWhole = row.operation === WHOLE_TARGET;
  return [
    nameCell(isWhole ? row.target : row.operation, isWhole ? whole : nameOf(row.target)),
    cell(formatNumber(row.hits, 0, language)),
    cell(formatNumber(row.misses, 0, language)),
    gradedCell(rate, row.grade, words),
  ];
}

function alertsSection({ report, words, language, maxRows }: Setting): Section {
  const { alerts, isOver } = report;
  const { heading, none, rule, severity, fired, open, longest } = words.alerts;
  const leftOut: Line[] = alerts.leftOut > 0 ? [[words.alertsLeftOut(alerts.leftOut)]] : [];
  if (alerts.byRule.length === 0)
    return { heading, badge: null, lines: [[none]], table: null, notes: leftOut };
  const number = (value: number): Cell => cell(formatNumber(value, 0, language));
  const row = (one: RuleSummary): Cell[] => [
    nameCell(one.rule, ""),
    cell(phrasesIn(language).severities[one.severity]),
    number(one.fired),
    number(one.open),
    cell(formatDuration(one.longestMs, language)),
  ];
  return {
    heading,
    badge: null,
    lines: [
      [words.alertCounts(alerts.fired, alerts.open, isOver)],
      ...longestLine(alerts, words, language),
    ],
    table: {
      columns: [
        { label: rule, align: "left" },
        { label: severity, align: "left" },
        { label: fired, align: "right" },
        { label: open, align: "right" },
        { label: longest, align: "right" },
      ],
      rows: alerts.byRule.slice(0, maxRows).map(row),
    },
    notes: [...moreLine(alerts.byRule.length - maxRows, words, language), ...leftOut],
  };
}

function longestLine({ longest }: AlertsSummary, words: ReportWords, language: Language): Line[] {
  if (longest === null) return [];
  const { rule, target, operation, durationMs, isOpen } = longest;
  const where = operation === WHOLE_TARGET ? target : `${target}/${operation}`;
  const duration = formatDuration(durationMs, language);
  return [words.longest({ name: nameOf(rule) }, { name: nameOf(where) }, duration, isOpen)];
}

function limitsSection({ report, words, language, maxRows }: Setting): Section {
  const { heading, none, target, answers, share } = words.limits;
  const { rateLimited, targets } = report.limits;
  const text = rateLimited === null ? `${sentenceCase(words.noData)}.` : none;
  if (targets.length === 0)
    return { heading, badge: null, lines: [[text]], table: null, notes: [] };
  return {
    heading,
    badge: null,
    lines: [],
    table: {
      columns: [
        { label: target, align: "left" },
        { label: answers, align: "right" },
        { label: share, align: "right" },
      ],
      rows: targets
        .slice(0, maxRows)
        .map((one) => [
          nameCell(one.target, ""),
          cell(formatNumber(one.rateLimited, 0, language)),
          cell(rateText(one.rate, language)),
        ]),
    },
    notes: moreLine(targets.length - maxRows, words, language),
  };
}

/** The `most` with most calls, in the order in which they came. */
function mostFrequent(targets: readonly TargetSummary[], most: number): readonly TargetSummary[] {
  if (targets.length <= most) return targets;
  const byCount = targets.toSorted((left, right) => (right.count ?? 0) - (left.count ?? 0));
  const kept = new Set(byCount.slice(0, most));
  return targets.filter((one) => kept.has(one));
}

function moreLine(count: number, words: ReportWords, language: Language): Line[] {
  return count > 0 ? [[`${words.more(formatNumber(count, 0, language))}.`]] : [];
}

/** `2026-11-20` as the language writes it. */
function dateText(day: string, language: Language): string {
  if (language === "en") return day;
  const [year, month, number] = day.split("-");
  return `${number}/${month}/${year}`;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
