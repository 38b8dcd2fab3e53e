import { PanelBuilder as BarGaugeBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BarGaugeDisplayMode,
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
  BigValueTextMode,
} from "@grafana/grafana-foundation-sdk/common";
import type {
  DataTransformerConfig,
  Panel,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  PanelBuilder as HeatmapBuilder,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { NONE_IS_GOOD, type Steps, thresholds } from "./thresholds.ts";

/** The data source that the dashboard's variable names. */
export const DATA_SOURCE: DataSourceRef = { type: "prometheus", uid: "${ds}" };

/** One line of a panel, or many that its legend tells apart. */
export interface Query {
  readonly expr: string;
  /** `{{target}}` for a label. */
  readonly legend: string;
}

/** What every panel says. */
interface PanelText {
  readonly title: string;
  /** What it means, where the title does not say it. */
  readonly description?: string;
  /** Of 24; default 12, and 6 for a single number. */
  readonly span?: number;
  readonly height?: number;
  /** Grafana's name of the unit: `s`, `percentunit`, `bytes`. */
  readonly unit?: string;
  readonly decimals?: number;
  readonly steps?: Steps;
  readonly queries: readonly Query[];
}

/** A panel that is yet to be placed. */
export type PanelSource = Builder<Panel>;

interface TimeSeriesText extends PanelText {
  readonly max?: number;
  /** Whether lines stand upon each other: parts of a whole. */
  readonly isStacked?: boolean;
  /** Whether single calls are shown, by their traces. */
  readonly exemplars?: boolean;
}

/** Lines over time. */
export function timeSeries(text: TimeSeriesText): PanelSource {
  const { span = 12, height = 8, unit = "short", steps, max, isStacked, exemplars = false } = text;
  const panel = new TimeSeriesBuilder()
    .title(text.title)
    .span(span)
    .height(height)
    .datasource(DATA_SOURCE)
    .unit(unit)
    .min(0)
    .fillOpacity(isStacked === true ? 40 : 8)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(tooltip())
    .targets(text.queries.map((query, at) => lineQuery(query, at).range().exemplar(exemplars)));
  if (text.description !== undefined) panel.description(text.description);
  if (text.decimals !== undefined) panel.decimals(text.decimals);
  if (max !== undefined) panel.max(max);
  if (isStacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (steps !== undefined)
    panel
      .thresholds(thresholds(steps))
      .thresholdsStyle(
        new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
      );
  return panel;
}

/** What is largest stands at the top. */
function tooltip(): VizTooltipOptionsBuilder {
  const builder = new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi);
  // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, not an array's
  return builder.sort(SortOrder.Descending);
}

interface StatText extends PanelText {
  readonly mappings?: ValueMapping[];
  /** Shows what the series is called, and not its value. */
  readonly showsName?: boolean;
}

/** The newest value, large. */
export function stat(text: StatText): PanelSource {
  const { span = 6, height = 4, unit = "short", steps = [{ color: "text" }] } = text;
  const panel = new StatBuilder()
    .title(text.title)
    .span(span)
    .height(height)
    .datasource(DATA_SOURCE)
    .unit(unit)
    .thresholds(thresholds(steps))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .targets(text.queries.map((query, at) => lineQuery(query, at).instant()));
  if (text.description !== undefined) panel.description(text.description);
  if (text.decimals !== undefined) panel.decimals(text.decimals);
  if (text.mappings !== undefined) panel.mappings(text.mappings);
  if (text.showsName === true) panel.textMode(BigValueTextMode.Name);
  return panel;
}

/** The newest value of each series, as bars beside each other. */
export function bars(text: PanelText & { readonly max?: number }): PanelSource {
  const { span = 12, height = 8, unit = "short", steps = NONE_IS_GOOD } = text;
  const panel = new BarGaugeBuilder()
    .title(text.title)
    .span(span)
    .height(height)
    .datasource(DATA_SOURCE)
    .unit(unit)
    .min(0)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .thresholds(thresholds(steps))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .targets(text.queries.map((query, at) => lineQuery(query, at).instant()));
  if (text.description !== undefined) panel.description(text.description);
  if (text.decimals !== undefined) panel.decimals(text.decimals);
  if (text.max !== undefined) panel.max(text.max);
  return panel;
}

/** How many calls took how long, over time: of the native histogram, or of the classic one. */
export function heatMap(
  text: PanelText & { readonly queries: readonly [native: Query, classic: Query] },
): PanelSource {
  const { span = 24, height = 10 } = text;
  return new HeatmapBuilder()
    .title(text.title)
    .description(text.description ?? "")
    .span(span)
    .height(height)
    .datasource(DATA_SOURCE)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit("s"))
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(2))
    .targets(
      text.queries.map((query, at) =>
        lineQuery(query, at).range().format(PromQueryFormat.Heatmap).exemplar(true),
      ),
    );
}

/** A column of a table: a number of each series. */
interface Column extends Query {
  /** The column's head. */
  readonly legend: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly steps?: Steps;
}

interface TableText extends Omit<PanelText, "queries"> {
  /** Labels that name a row, with the heads of their columns. */
  readonly rows: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
}

/** Series as rows, the newest of each number as columns. */
export function table(text: TableText): PanelSource {
  const { span = 24, height = 9 } = text;
  const panel = new TableBuilder()
    .title(text.title)
    .span(span)
    .height(height)
    .datasource(DATA_SOURCE)
    .targets(
      text.columns.map((query, at) => lineQuery(query, at).instant().format(PromQueryFormat.Table)),
    )
    .transformations(asOneTable(text));
  if (text.description !== undefined) panel.description(text.description);
  for (const { legend, unit, decimals, steps } of text.columns) {
    panel.overrideByName(legend, [
      ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
      ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
      ...(steps === undefined
        ? []
        : [
            { id: "thresholds", value: thresholds(steps).build() },
            { id: "custom.cellOptions", value: { type: "color-text" } },
          ]),
    ]);
  }
  return panel;
}

/** Answers to several queries side by side, without the labels that name no row. */
function asOneTable({ rows, columns }: TableText): DataTransformerConfig[] {
  const values = columns.map(({ legend }, at) => [
    columns.length === 1 ? "Value" : `Value #${refId(at)}`,
    legend,
  ]);
  const names = [...Object.keys(rows), ...values.map(([name = ""]) => name)];
  return [
    { id: "merge", options: {} },
    { id: "filterFieldsByName", options: { include: { names } } },
    {
      id: "organize",
      options: {
        renameByName: { ...rows, ...Object.fromEntries(values) },
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
      },
    },
  ];
}

/** A query, of which is yet to be said whether it asks for a range or for one moment. */
function lineQuery({ expr, legend }: Query, at: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId(at))
    .datasource(DATA_SOURCE)
    .expr(expr)
    .legendFormat(legend);
}

function refId(at: number): string {
  return String.fromCodePoint("A".charCodeAt(0) + at);
}
