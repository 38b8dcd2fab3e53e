import uPlot from "uplot";
import { DAY_MS } from "../../../src/merge/slot-time.ts";
import type { Format } from "../i18n/format.ts";
import { drawBands, drawLabels, drawLevels, labelsWidthPx } from "./chart-marks.ts";
import { logMarks, logRange } from "./log-scale.ts";
import { themeColor } from "./theme.ts";
import type { TimeChartProps } from "./time-chart.tsx";

/** uPlot's `Scale.Distr.Logarithmic`. */
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is declared, and not there when this runs
const LOGARITHMIC: uPlot.Scale.Distr.Logarithmic = 3;

/** What stands for 0 on a logarithmic axis: the finest that the server tells apart, in ms. */
export const LOG_FLOOR = 0.001;

/** What a chart is made for. What may change while it is shown is read from `latest`. */
interface ChartContext {
  readonly latest: {
    readonly current: { readonly props: TimeChartProps; readonly format: Format };
  };
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fontPx: number;
  /** The place in the data at which the cursor is, or has left. */
  readonly onCursor: (index: number | null) => void;
}

/** What uPlot is told of a chart. */
export function chartOptions(context: ChartContext): uPlot.Options {
  const { latest, widthPx, heightPx } = context;
  const { lines, isLogarithmic = false } = latest.current.props;
  const range: uPlot.Range.Function = (_chart, min, max) =>
    isLogarithmic
      ? logRangeOf(latest.current.props, min, max)
      : linearRangeOf(latest.current.props, min, max);
  return {
    width: Math.max(widthPx, 1),
    height: heightPx,
    ms: 1,
    padding: [8, (chart) => labelsWidthPx(chart, latest.current.props, context.fontPx), 0, 0],
    scales: {
      x: { time: true, range: (_chart, min, max) => timeRangeOf(latest.current.props, min, max) },
      y: isLogarithmic ? { distr: LOGARITHMIC, log: 10, range } : { range },
    },
    axes: [timeAxis(context), valueAxis(context, isLogarithmic)],
    series: [
      {},
      ...lines.map(({ label, color }) => ({
        label,
        stroke: () => themeColor(color),
        width: Math.max(1.5, context.fontPx / 9),
        points: { show: false, size: context.fontPx / 2, filter: lonelyPoints },
      })),
    ],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: context.fontPx / 1.6 } },
    legend: { show: false },
    hooks: {
      setCursor: [({ cursor }) => context.onCursor(cursor.idx ?? null)],
      drawAxes: [(chart) => drawBands(chart, latest.current.props.bands ?? [])],
      draw: [
        (chart) => {
          drawLevels(chart, latest.current.props.levels ?? []);
          drawLabels(chart, latest.current.props, context.fontPx);
        },
      ],
    },
  };
}

function timeAxis({ latest, fontPx }: ChartContext): uPlot.Axis {
  return {
    ...axisLook(fontPx),
    space: fontPx * 6,
    size: (_chart, values) =>
      fontPx * ((values ?? []).some((value) => value?.includes("\n")) ? 3.8 : 2.3),
    values: (_chart, splits, _axis, _space, stepMs) => {
      const { format } = latest.current;
      return splits.map((at, index) => {
        const label = format.axisTime(at, stepMs);
        const before = splits[index - 1] ?? latest.current.props.to ?? splits.at(-1) ?? at;
        const isOtherDay = format.axisDay(at) !== format.axisDay(before);
        return stepMs < DAY_MS && isOtherDay ? `${label}\n${format.axisDay(at)}` : label;
      });
    },
  };
}

function valueAxis({ latest, fontPx }: ChartContext, isLogarithmic: boolean): uPlot.Axis {
  const maxMarks = (heightPx: number): number => Math.max(Math.floor(heightPx / (fontPx * 1.8)), 2);
  return {
    ...axisLook(fontPx),
    space: fontPx * 2.8,
    size: (_chart, values) => {
      const longest = Math.max(4, ...(values ?? []).map((value) => value?.length ?? 0));
      return longest * fontPx * 0.6 + fontPx * 1.3;
    },
    values: (_chart, splits) => splits.map((value) => latest.current.props.formatValue(value)),
    ...(isLogarithmic && {
      filter: (_chart, splits) => splits,
      splits: (chart, _axis, min, max) =>
        logMarks(min, max, maxMarks(chart.bbox.height / uPlot.pxRatio || chart.height)),
    }),
  };
}

function axisLook(fontPx: number): uPlot.Axis {
  const line = { stroke: () => themeColor("grid"), width: 1 };
  const family = getComputedStyle(document.documentElement).fontFamily;
  return {
    stroke: () => themeColor("soft"),
    font: `${fontPx}px ${family}`,
    grid: line,
    ticks: { ...line, size: fontPx / 3 },
    gap: fontPx / 3,
  };
}

function timeRangeOf(
  { from, to }: TimeChartProps,
  min: number | null,
  max: number | null,
): uPlot.Range.MinMax {
  return [from ?? min, to ?? max];
}

function logRangeOf(
  props: TimeChartProps,
  min: number | null,
  max: number | null,
): uPlot.Range.MinMax {
  const [lowest, highest] = withLevels(props, min, max);
  if (lowest === undefined || highest === undefined) return [1, 1000];
  return logRange(Math.max(lowest, LOG_FLOOR), Math.max(highest, LOG_FLOOR));
}

/** Amounts begin at 0: a line that seems to fall to nothing has done so. */
function linearRangeOf(
  props: TimeChartProps,
  min: number | null,
  max: number | null,
): uPlot.Range.MinMax {
  const [lowest = 0, highest = 0] = withLevels(props, min, max);
  if (lowest >= 0 && highest <= 0) return [0, 1];
  return [lowest < 0 ? lowest * 1.08 : 0, Math.max(highest, 0) * 1.08];
}

function withLevels(
  { levels = [] }: TimeChartProps,
  min: number | null,
  max: number | null,
): [lowest?: number, highest?: number] {
  const values = [min, max, ...levels.map(({ value }) => value)].filter(
    (value): value is number => value !== null && Number.isFinite(value),
  );
  return values.length === 0 ? [] : [Math.min(...values), Math.max(...values)];
}

/** A line has no length where a point has no neighbour: it is drawn as a dot. */
function lonelyPoints(chart: uPlot, series: number): number[] | null {
  const values = chart.data[series] ?? [];
  const lonely: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const isThere = (at: number): boolean => typeof values[at] === "number";
    if (isThere(index) && !isThere(index - 1) && !isThere(index + 1)) lonely.push(index);
  }
  return lonely.length === 0 ? null : lonely;
}
