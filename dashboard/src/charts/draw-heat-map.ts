import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { Format } from "../i18n/format.ts";
import type { HeatColumn } from "../live/heat-trail.ts";
import { HEAT_CLASSES } from "../live/latency-classes.ts";
import { LOG_FLOOR } from "./chart-options.ts";
import { type ClassRange, heatRange, outside } from "./heat-range.ts";
import { logMarks, logRange } from "./log-scale.ts";
import { themeColor } from "./theme.ts";
import { timeMarks } from "./time-marks.ts";

const NO_ROWS: ClassRange = { first: 0, end: Infinity };

/** Where things are in a heat map, in CSS pixels. */
export interface HeatLayout {
  readonly from: number;
  readonly to: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The size of its letters. */
  readonly em: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  /** The classes that have rows of their own; those beyond share one at the edge. */
  readonly rows: ClassRange;
  /** Where the rows of their own end: `top` and `bottom` where there are none beyond. */
  readonly innerTop: number;
  readonly innerBottom: number;
  /** The largest part that one class has of its column, from 0 to 1; 0 if all are empty. */
  readonly mostShare: number;
  readonly x: (at: number) => number;
  readonly y: (ms: number) => number;
  readonly timeAt: (x: number) => number;
  /** The class that is drawn there; undefined beside the map. */
  readonly classAt: (y: number) => number | undefined;
}

/**
 * Lays a map out for the columns that there are: its rows hold their latencies, and a row at the edge
 * those few that are far out.
 */
export function heatLayout(
  columns: readonly HeatColumn[],
  size: Pick<HeatLayout, "from" | "to" | "widthPx" | "heightPx" | "em">,
): HeatLayout {
  const { from, to, widthPx, heightPx, em } = size;
  const [top, bottom, left, right] = [em * 0.6, heightPx - em * 2, em * 4.2, widthPx - em * 2];
  const filled = columns.filter(({ counts }) => counts.total > 0).map(({ counts }) => counts);
  const rows = heatRange(filled);
  const [lowestMs, highestMs] =
    rows === undefined
      ? [1, 1000]
      : logRange(
          Math.max(HEAT_CLASSES.fromMs(rows.first), LOG_FLOOR),
          HEAT_CLASSES.fromMs(rows.end),
        );
  const beside = filled.map((counts) => outside(counts, rows ?? NO_ROWS));
  const innerTop = beside.some(({ above }) => above > 0) ? top + em : top;
  const innerBottom = beside.some(({ below }) => below > 0) ? bottom - em : bottom;
  const scale = (innerBottom - innerTop) / Math.log(highestMs / lowestMs);
  const perMs = (right - left) / Math.max(to - from, 1);
  return {
    ...size,
    top,
    bottom,
    left,
    right,
    lowestMs,
    highestMs,
    rows: rows ?? NO_ROWS,
    innerTop,
    innerBottom,
    mostShare: Math.max(...filled.map(({ counts, total }) => Math.max(...counts) / total), 0),
    x: (at) => left + (Math.min(Math.max(at, from), to) - from) * perMs,
    y: (ms) => innerBottom - Math.log(Math.max(ms, lowestMs) / lowestMs) * scale,
    timeAt: (x) => from + (x - left) / perMs,
    classAt: (y) => {
      if (y < top || y > bottom) return undefined;
      if (y < innerTop) return rows?.end;
      if (y > innerBottom) return (rows?.first ?? 0) - 1;
      return HEAT_CLASSES.indexOf(lowestMs * Math.exp((innerBottom - y) / scale) * 1000);
    },
  };
}

/** Draws all of it. The darker a cell, the larger its part of the column: by the square root, so that few are seen, too. */
export function drawHeatMap(
  canvas: HTMLCanvasElement,
  layout: HeatLayout,
  columns: readonly HeatColumn[],
  format: Format,
): void {
  const ctx = canvas.getContext("2d");
  if (ctx === null) return;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(layout.widthPx * ratio);
  canvas.height = Math.round(layout.heightPx * ratio);
  canvas.style.width = `${layout.widthPx}px`;
  canvas.style.height = `${layout.heightPx}px`;
  ctx.scale(ratio, ratio);
  drawCells(ctx, layout, columns);
  drawAxes(ctx, layout, format);
}

function drawCells(
  ctx: CanvasRenderingContext2D,
  layout: HeatLayout,
  columns: readonly HeatColumn[],
): void {
  ctx.fillStyle = themeColor("1");
  let before = -Infinity;
  for (const { from, to, counts } of columns) {
    const left = Math.max(layout.x(from), before);
    const right = layout.x(to);
    before = right;
    if (right <= left) continue;
    const cell = (count: number, top: number, bottom: number): void => {
      if (count === 0) return;
      const share = count / counts.total / layout.mostShare;
      ctx.globalAlpha = Math.min(Math.max(Math.sqrt(share), 0.05), 1);
      ctx.fillRect(left, top, right - left, bottom - top);
    };
    const { rows, top, bottom, innerTop, innerBottom } = layout;
    for (const [offset, count] of counts.counts.entries()) {
      const index = counts.first + offset;
      if (index < rows.first || index >= rows.end) continue;
      cell(count, layout.y(HEAT_CLASSES.toMs(index)), layout.y(HEAT_CLASSES.fromMs(index)));
    }
    const { below, above } = outside(counts, rows);
    cell(above, top, innerTop);
    cell(below, innerBottom, bottom);
  }
  ctx.globalAlpha = 1;
}

function drawAxes(ctx: CanvasRenderingContext2D, layout: HeatLayout, format: Format): void {
  const { from, to, left, right, top, bottom, em, lowestMs, highestMs } = layout;
  const { innerTop, innerBottom } = layout;
  ctx.font = `${em}px ${getComputedStyle(document.documentElement).fontFamily}`;
  ctx.fillStyle = themeColor("soft");
  ctx.strokeStyle = themeColor("grid");
  ctx.lineWidth = 1;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const ms of logMarks(
    lowestMs,
    highestMs,
    Math.floor((innerBottom - innerTop) / (em * 1.8)),
  )) {
    const y = Math.round(layout.y(ms)) + 0.5;
    line(ctx, [left - em * 0.3, y], [left, y]);
    ctx.fillText(format.axisMs(ms), left - em * 0.5, y);
  }
  drawEdges(ctx, layout);
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  const maxCount = Math.floor((right - left) / (em * 6));
  const { stepMs, marks } = timeMarks({ from, to, offsetMsAt: localOffsetMs }, maxCount);
  for (const at of marks) {
    const x = Math.round(layout.x(at)) + 0.5;
    line(ctx, [x, bottom], [x, bottom + em * 0.3]);
    const halfPx = em * 1.5;
    const label = format.axisTime(at, stepMs);
    ctx.fillText(label, Math.min(Math.max(x, left + halfPx), right - halfPx), bottom + em * 0.6);
  }
  ctx.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
}

/** Sets the rows of what is far out apart from those that have a scale. */
function drawEdges(ctx: CanvasRenderingContext2D, layout: HeatLayout): void {
  const { left, right, top, bottom, innerTop, innerBottom, em } = layout;
  if (innerTop > top) {
    line(ctx, [left, innerTop], [right, innerTop]);
    ctx.fillText(">", left - em * 0.5, (top + innerTop) / 2);
  }
  if (innerBottom < bottom) {
    line(ctx, [left, innerBottom], [right, innerBottom]);
    ctx.fillText("<", left - em * 0.5, (bottom + innerBottom) / 2);
  }
}

function localOffsetMs(at: number): number {
  return -new Date(at).getTimezoneOffset() * MINUTE_MS;
}

function line(
  ctx: CanvasRenderingContext2D,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
