import { WHOLE_TARGET } from "../../names.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import type { LiveState } from "../../stream/live-state.ts";
import { type Paint, gradeStyle, statusStyle } from "../output/colour.ts";
import {
  formatCount,
  formatDuration,
  formatMs,
  formatPercent,
  formatRate,
  formatScore,
  NOTHING,
} from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";
import { type Cell, type Column, renderTable } from "../output/table.ts";
import { topSeries, type TopView } from "./top-view.ts";

/** How the connection is. */
export type Liveness =
  | { readonly kind: "live" }
  | { readonly kind: "quiet"; readonly sinceMs: number }
  | { readonly kind: "lost"; readonly sinceMs: number; readonly why: string };

interface TopScreen {
  readonly state: LiveState;
  readonly view: TopView;
  readonly liveness: Liveness;
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** Lines of a screen that are not rows of series: status, an empty one, titles, keys, the cursor's. */
const OTHER_LINES = 5;

const KEYS = "q quit  1/5/h window  s sort  r reverse  o operations  ↑↓ scroll";

const COLUMNS: readonly Column[] = [
  { title: "target", isFlexible: true },
  { title: "/s", align: "right" },
  { title: "count", align: "right", rank: 5 },
  { title: "p50", align: "right", rank: 2 },
  { title: "p90", align: "right", rank: 7 },
  { title: "p95", align: "right" },
  { title: "p99", align: "right", rank: 4 },
  { title: "max ms", align: "right", rank: 6 },
  { title: "errors", align: "right" },
  { title: "429", align: "right", rank: 8 },
  { title: "latency", rank: 1 },
  { title: "errors", rank: 3 },
];

/** How many series fit on a screen. */
export function seriesRows(screenRows: number): number {
  return Math.max(1, screenRows - OTHER_LINES);
}

/** The lines of a screen, none longer than it is wide, and one fewer than it is high. */
export function topScreen(screen: TopScreen): string[] {
  const { state, view, columns, rows, paint } = screen;
  const all = topSeries(state, view);
  const fitting = seriesRows(rows);
  const offset = Math.min(view.offset, Math.max(0, all.length - fitting));
  const shown = all.slice(offset, offset + fitting);
  const table = topTable(shown, view, { width: columns, paint });
  const place =
    all.length > shown.length
      ? `${offset + 1}–${offset + shown.length} of ${formatCount(all.length)}  `
      : "";
  const lines = [
    headLine(screen),
    "",
    ...(all.length === 0 ? ["no data yet"] : table.split("\n")),
    paint("dim", cut(place + KEYS, columns)),
  ];
  return lines.slice(0, Math.max(1, rows - 1));
}

/** The table of some series, the titles first. */
export function topTable(
  series: readonly SeriesView[],
  { window }: Pick<TopView, "window">,
  options: { readonly width: number | undefined; readonly paint: Paint },
): string {
  return renderTable(
    COLUMNS,
    series.map((view) => seriesCells(view, window)),
    options,
  );
}

function seriesCells(
  { target, operation, windows, grades }: SeriesView,
  window: TopView["window"],
): Cell[] {
  const stats = windows[window];
  return [
    operation === WHOLE_TARGET ? { text: target, style: "bold" } : `${target}/${operation}`,
    formatRate(stats.perSecond),
    formatCount(stats.count),
    formatMs(stats.p50Ms),
    formatMs(stats.p90Ms),
    formatMs(stats.p95Ms),
    formatMs(stats.p99Ms),
    formatMs(stats.maxMs),
    stats.count === 0 ? NOTHING : formatPercent(stats.errorRate),
    formatCount(stats.rateLimited),
    gradeCell(grades.latency),
    gradeCell(grades.errors),
  ];
}

function gradeCell(grade: SeriesView["grades"]["latency"]): Cell {
  if (grade === null) return { text: NOTHING, style: "dim" };
  return { text: grade.grade, style: gradeStyle(grade.color) };
}

function headLine({ state, view, liveness, nowMs, columns, paint }: TopScreen): string {
  const { latest, alerts } = state;
  const firing = [...alerts.values()].filter((alert) => alert.state === "firing").length;
  const parts: { readonly text: string; readonly painted: string }[] = [];
  const add = (text: string, style?: Parameters<Paint>[0]): void => {
    const safe = safeText(text);
    parts.push({ text: safe, painted: paint(style, safe) });
  };
  if (liveness.kind !== "live") {
    const since = formatDuration(nowMs - liveness.sinceMs);
    add(
      `NOT LIVE for ${since}: ${liveness.kind === "quiet" ? "nothing comes" : liveness.why}`,
      "red",
    );
  }
  if (latest !== undefined) {
    add(`${latest.status} ${formatScore(latest.score)}`, statusStyle(latest.status));
    add(`${latest.coverage.answered}/${latest.coverage.shards} shards`);
    if (firing > 0) add(`${firing} firing`, "red");
    if (liveness.kind === "live") add(`${formatDuration(latest.staleMs)} old`, "dim");
  }
  add(`window ${view.window}`);
  add(`by ${view.sort}${view.isReversed ? " reversed" : ""}`, "dim");
  if (latest !== undefined) add(latest.tenant, "dim");
  const plain = parts.map(({ text }) => text).join("  ");
  // Too narrow for colours and for all of it: its beginning, plain.
  if (plain.length > columns) return cut(plain, columns);
  return parts.map(({ painted }) => painted).join("  ");
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
