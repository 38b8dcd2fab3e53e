import uPlot from "uplot";
import { spread } from "./spread.ts";
import { themeColor } from "./theme.ts";
import type { ChartBand, ChartLevel, TimeChartProps } from "./time-chart.tsx";

const BAND_ALPHA = 0.14;

/** What names at the ends of lines may take of the width. */
const MAX_LABELS_SHARE = 0.2;

/** Marks stretches of time; drawn below the lines. */
export function drawBands(chart: uPlot, bands: readonly ChartBand[]): void {
  const { ctx, bbox } = chart;
  const lineWidth = uPlot.pxRatio;
  for (const { from, to, color } of bands) {
    const left = Math.max(chart.valToPos(from, "x", true), bbox.left);
    const right = Math.min(chart.valToPos(to, "x", true), bbox.left + bbox.width);
    if (!(right >= left)) continue;
    const width = Math.max(right - left, lineWidth);
    ctx.save();
    ctx.fillStyle = themeColor(color);
    // A bar along the top says where it begins and ends to who cannot tell the tint.
    ctx.fillRect(left, bbox.top, width, 3 * lineWidth);
    ctx.globalAlpha = BAND_ALPHA;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.restore();
  }
}

/** Marks values all along, as dashed lines. */
export function drawLevels(chart: uPlot, levels: readonly ChartLevel[]): void {
  const { ctx, bbox } = chart;
  for (const { value, color } of levels) {
    const y = Math.round(chart.valToPos(value, "y", true));
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.save();
    ctx.strokeStyle = themeColor(color);
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    ctx.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

/**
 * How much room is left at the ends of the lines for their names. Where these would take too much
 * there are none: the legend has them, and a part of a name tells nothing.
 */
export function labelsWidthPx(
  chart: { readonly width: number },
  { lines }: { readonly lines: readonly { readonly label: string }[] },
  fontPx: number,
): number {
  const longest = Math.max(...lines.map(({ label }) => label.length), 0);
  const widthPx = longest * fontPx * 0.58 + fontPx * 0.8;
  return lines.length > 1 && widthPx <= chart.width * MAX_LABELS_SHARE ? widthPx : fontPx;
}

/** Writes each line's name at its end, so that no colour is needed to tell them apart. */
export function drawLabels(chart: uPlot, props: TimeChartProps, fontPx: number): void {
  if (labelsWidthPx(chart, props, fontPx) <= fontPx) return;
  const { ctx, bbox } = chart;
  const sizePx = fontPx * uPlot.pxRatio;
  const ends = props.lines
    .flatMap(({ label, color }, index) => {
      const value = lastOf(chart.data[index + 1] ?? []);
      return value === undefined ? [] : [{ label, color, y: chart.valToPos(value, "y", true) }];
    })
    // Of lines that meet, the last is the upper one, as a higher percentile is.
    .toReversed()
    .toSorted((left, right) => left.y - right.y);
  ctx.save();
  ctx.font = `${sizePx}px ${getComputedStyle(document.documentElement).fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const places = spread(
    ends.map(({ y }) => y),
    sizePx * 1.1,
    { from: bbox.top + sizePx / 2, to: bbox.top + bbox.height - sizePx / 2 },
  );
  for (const [index, { label, color }] of ends.entries()) {
    ctx.fillStyle = themeColor(color);
    ctx.fillText(label, bbox.left + bbox.width + sizePx * 0.4, places[index] ?? 0);
  }
  ctx.restore();
}

function lastOf(values: ArrayLike<number | null | undefined>): number | undefined {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (typeof value === "number") return value;
  }
  return undefined;
}
