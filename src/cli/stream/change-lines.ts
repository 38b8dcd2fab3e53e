import type { AlertView } from "../../alerts/alert-view.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import type { LiveState } from "../../stream/live-state.ts";
import type { AlertFrame, ContentFrame } from "../../stream/stream-frame.ts";
import type { LimitView } from "../../wire/permits.ts";
import { alertFinding, alertMarks, alertStateStyle, alertSubject } from "../alerts/alert-text.ts";
import { type Paint, statusStyle } from "../output/colour.ts";
import {
  formatCount,
  formatMs,
  formatPercent,
  formatRate,
  formatScore,
  formatTime,
} from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";

interface ChangeOptions {
  readonly isAlertsOnly: boolean;
  /** Whether operations have lines, too; else whole targets alone. */
  readonly hasOperations: boolean;
}

/** A frame, what was known before it, and what is known with it. */
export interface Change {
  readonly frame: ContentFrame | AlertFrame;
  readonly before: LiveState;
  readonly state: LiveState;
}

/**
 * The alerts that a frame changed, as they are then: what is measured alone is no change. One that
 * ended while nobody listened is told by the snapshot that lacks it: it is given as it was, resolved.
 */
export function changedAlerts({ frame, before, state }: Change): readonly AlertView[] {
  const changed = [...state.alerts.values()].filter((alert) => {
    const known = before.alerts.get(alert.id);
    return known === undefined || standing(known) !== standing(alert);
  });
  if (frame.type === "alert") return frame.state === "resolved" ? [...changed, frame] : changed;
  const ended = [...before.alerts.values()]
    .filter(({ id }) => !state.alerts.has(id))
    .map((alert): AlertView => ({ ...alert, state: "resolved" }));
  return [...changed, ...ended];
}

/** Where an alert stands, and who has to do with it. */
function standing({ state, acknowledgedBy, silencedBy, inhibitedBy }: AlertView): string {
  return JSON.stringify([state, acknowledgedBy, silencedBy, inhibitedBy]);
}

/** One line for each thing that is not as it was before a frame. */
export function changeLines(change: Change, options: ChangeOptions, paint: Paint): string[] {
  const { before, state } = change;
  const at = formatTime(state.latest?.at ?? null);
  const others = options.isAlertsOnly ? [] : contentLines(before, state, options, paint);
  const about = changedAlerts(change).map((alert) => alertLine(alert, paint));
  return [...others, ...about].map((line) => `${paint("dim", at)} ${line}`);
}

function contentLines(
  before: LiveState,
  state: LiveState,
  { hasOperations }: ChangeOptions,
  paint: Paint,
): string[] {
  const isShown = ({ operation }: SeriesView): boolean =>
    hasOperations || operation === WHOLE_TARGET;
  return [
    ...headLines(before.latest, state.latest, paint),
    ...changedLines(before.series, state.series, (view) =>
      isShown(view) ? seriesLine(view, paint) : "",
    ),
    ...changedLines(before.limits, state.limits, (view) => limitLine(view, paint)),
    ...goneFrom(before.series, state.series)
      .filter(isShown)
      .map((view) => `series ${seriesName(view, paint)} is gone`),
    ...goneFrom(before.limits, state.limits).map(
      ({ target }) => `limit ${paint("bold", safeText(target))} is gone`,
    ),
  ];
}

function headLines(
  known: ContentFrame | undefined,
  latest: ContentFrame | undefined,
  paint: Paint,
): string[] {
  if (latest === undefined) return [];
  const { status, score } = latest;
  const lines: string[] = [];
  if (known?.status !== status) {
    const was = known === undefined ? "" : ` (was ${known.status})`;
    lines.push(`status ${paint(statusStyle(status), status)}${was}, score ${formatScore(score)}`);
  }
  const covered = coverageLine(latest);
  if (known === undefined || coverageLine(known) !== covered) lines.push(covered);
  return lines;
}

function coverageLine({ coverage: { answered, shards, missing } }: ContentFrame): string {
  const without = missing.length === 0 ? "" : `, missing ${missing.join(", ")}`;
  return `coverage ${answered} of ${shards} shards${safeText(without)}`;
}

/** The lines of what is not shown as it was before; a snapshot brings what is, too. */
function changedLines<View>(
  before: ReadonlyMap<string, View>,
  after: ReadonlyMap<string, View>,
  lineOf: (view: View) => string,
): string[] {
  return [...after].flatMap(([key, view]) => {
    const known = before.get(key);
    if (known === view) return [];
    const line = lineOf(view);
    return line === "" || (known !== undefined && lineOf(known) === line) ? [] : [line];
  });
}

function goneFrom<View>(
  before: ReadonlyMap<string, View>,
  after: ReadonlyMap<string, View>,
): View[] {
  return [...before].flatMap(([key, view]) => (after.has(key) ? [] : [view]));
}

function seriesName({ target, operation }: SeriesView, paint: Paint): string {
  return paint("bold", safeText(operation === WHOLE_TARGET ? target : `${target}/${operation}`));
}

function seriesLine(view: SeriesView, paint: Paint): string {
  const { windows, grades } = view;
  const { perSecond, p50Ms, p95Ms, p99Ms, errorRate } = windows["1m"];
  const percentiles = [p50Ms, p95Ms, p99Ms].map((value) => formatMs(value)).join("/");
  const found = [grades.latency, grades.errors]
    .flatMap((grade) => (grade === null ? [] : [grade.grade]))
    .map((grade) => safeText(grade));
  return (
    `series ${seriesName(view, paint)} ${formatRate(perSecond)}/s p50/p95/p99 ${percentiles} ms ` +
    `errors ${formatPercent(errorRate)} ${found.join(" ")}`
  ).trimEnd();
}

function limitLine(view: LimitView, paint: Paint): string {
  const { target, available, capacity, outstanding, blockedUntil, blockedReason } = view;
  const closed =
    blockedUntil === null
      ? ""
      : paint("red", ` closed until ${formatTime(blockedUntil)}: ${safeText(blockedReason ?? "")}`);
  return (
    `limit ${paint("bold", safeText(target))} ${formatCount(available)} of ${formatCount(capacity)} ` +
    `available, ${formatCount(outstanding)} leased${closed}`
  );
}

function alertLine(alert: AlertView, paint: Paint): string {
  const { severity, state, rule } = alert;
  const marks = alertMarks(alert);
  const about = `${severity} ${rule} ${alertSubject(alert)}: ${alertFinding(alert)}`;
  const more = marks === "" ? "" : ` [${marks}]`;
  return `alert ${paint(alertStateStyle(alert), safeText(state))} ${safeText(about + more)}`;
}
