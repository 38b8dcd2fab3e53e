import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Format, useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { Store, useStore } from "../store.ts";
import { ChartLegend } from "./chart-legend.tsx";
import { chartOptions, LOG_FLOOR } from "./chart-options.ts";
import { ChartTable } from "./chart-table.tsx";
import { TableToggle } from "./table-toggle.tsx";
import { onThemeChange } from "./theme.ts";
import { useSize } from "./use-size.ts";
import { type Drawn, whatToDraw } from "./what-to-draw.ts";

const HEIGHT_PX = 220;

/** The size of letters for which heights are told. */
const PLAIN_FONT_PX = 16;

const TEXTS = messages(
  {
    empty: "No data in this stretch of time.",
    keys: "Arrow keys move through time.",
    nowhere: "no point chosen",
  },
  {
    empty: "Sem dados neste período.",
    keys: "As setas percorrem o tempo.",
    nowhere: "nenhum ponto escolhido",
  },
);

/** Names a colour of the theme: `--chart-1` to `--chart-6`, or a grade's. */
export type ChartColor = "1" | "2" | "3" | "4" | "5" | "6" | "green" | "orange" | "red" | "soft";

/** One line, and its name in the legend, at its end and in the table. */
export interface ChartLine {
  readonly label: string;
  readonly color: ChartColor;
  /** As many as there are times; null where there is no number. */
  readonly values: readonly (number | null)[];
  /** What the API calls it; the table's cells bear it as `data-field`. */
  readonly field?: string;
}

/** A stretch of time that is marked, as an alert that fired. */
export interface ChartBand {
  readonly from: number;
  readonly to: number;
  readonly color: ChartColor;
  readonly label: string;
}

/** A value that is marked all along, as a threshold or a mean. */
export interface ChartLevel {
  readonly value: number;
  readonly color: ChartColor;
  readonly label: string;
}

/** Lines over time, and what is marked beside them. */
export interface TimeChartProps {
  /** What it shows, in words: its accessible name. */
  readonly title: string;
  /** Epoch milliseconds, strictly ascending. */
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  /** What the axis and the reader are told of a value. */
  readonly formatValue: (value: number) => string;
  /** First and last point in time of the axis; those of the points if absent. */
  readonly from?: number;
  readonly to?: number;
  /** Powers of ten at equal distances; for latencies. */
  readonly isLogarithmic?: boolean;
  readonly bands?: readonly ChartBand[];
  readonly levels?: readonly ChartLevel[];
  /** Where letters are of 16 px; higher where they are larger. */
  readonly heightPx?: number;
  /** What is said where there is nothing to draw. */
  readonly emptyText?: string;
}

/**
 * Lines over time, with a legend that tells the values under the cursor, and a table for who cannot
 * see them. The chart is made once, and again only when its lines or its letters become others.
 */
export function TimeChart(props: TimeChartProps) {
  const { title, at, lines } = props;
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const host = useRef<HTMLDivElement>(null);
  const cursor = useMemo(() => new Store<number | null>(null), []);
  /** The time to which keys moved the cursor: there it stays while the chart moves on. */
  const held = useRef<number | undefined>(undefined);
  const chart = useChart({ host, props, format, cursor, held });
  const index = useStore(cursor, same);
  const isEmpty = useMemo(
    () => lines.every(({ values }) => values.every((value) => value === null)),
    [lines],
  );
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>{title}</figcaption>
      <div class="chart-plot">
        <div
          ref={host}
          class="chart-canvas"
          role="slider"
          tabIndex={0}
          aria-valuemin={0}
          aria-valuemax={Math.max(at.length - 1, 0)}
          aria-valuenow={index ?? 0}
          // While it is nowhere it does not speak of each new point.
          aria-valuetext={index === null ? texts.nowhere : spokenOf(props, format, index)}
          aria-label={`${title}. ${texts.keys}`}
          onKeyDown={(event) => {
            const time = chart.current && timeByKey(chart.current, held.current, event.key);
            if (time === undefined) return;
            event.preventDefault();
            held.current = time ?? undefined;
            placeCursor(chart.current, held.current);
          }}
          onPointerMove={() => (held.current = undefined)}
          onBlur={() => {
            held.current = undefined;
            placeCursor(chart.current, undefined);
          }}
        />
        {isEmpty && <p class="chart-empty">{props.emptyText ?? texts.empty}</p>}
      </div>
      <TableToggle
        title={title}
        isEmpty={at.length === 0}
        beside={<ChartLegend props={props} cursor={cursor} />}
      >
        {() => <ChartTable {...props} />}
      </TableToggle>
    </figure>
  );
}

/** What a screen reader is told of the cursor. */
function spokenOf(props: TimeChartProps, format: Format, index: number | null): string {
  const { at, lines, formatValue, to } = props;
  const time = index === null ? undefined : at[index];
  if (index === null || time === undefined) return "";
  const values = lines.map(({ label, values: all }) => {
    const value = all[index];
    return `${label} ${typeof value === "number" ? formatValue(value) : "–"}`;
  });
  return `${format.clock(time, to ?? at.at(-1) ?? time)}: ${values.join(", ")}`;
}

/** Makes the chart, and draws into it what changes. */
function useChart({
  host,
  props,
  format,
  cursor,
  held,
}: {
  readonly host: { readonly current: HTMLDivElement | null };
  readonly props: TimeChartProps;
  readonly format: Format;
  readonly cursor: Store<number | null>;
  readonly held: { readonly current: number | undefined };
}): { readonly current: uPlot | undefined } {
  const { at, lines, bands, levels, from, to, isLogarithmic = false, heightPx = HEIGHT_PX } = props;
  const chart = useRef<uPlot | undefined>(undefined);
  const drawn = useRef<Drawn>(undefined);
  const latest = useRef({ props, format });
  latest.current = { props, format };
  const { widthPx, fontPx } = useSize(host);
  const height = Math.round((heightPx * Math.max(fontPx, PLAIN_FONT_PX)) / PLAIN_FONT_PX);
  // What needs another chart; everything else is drawn into the one that is there.
  const shape = JSON.stringify([lines.map(({ label, color }) => [label, color]), isLogarithmic]);
  const data = useMemo(() => dataOf(at, lines, isLogarithmic), [at, lines, isLogarithmic]);
  const next: Drawn = { data, from, to, levels, bands, format };
  const isMeasured = widthPx > 0;
  useEffect(() => {
    const element = host.current;
    if (element === null || !isMeasured) return undefined;
    const small = Math.round(fontPx * 0.75);
    const onCursor = (index: number | null): void => cursor.set(index);
    const options = chartOptions({ latest, widthPx, heightPx: height, fontPx: small, onCursor });
    const made = new uPlot(options, data, element);
    chart.current = made;
    drawn.current = next;
    const end = onThemeChange(() => made.redraw(false));
    return () => {
      end();
      cursor.set(null);
      made.destroy();
      chart.current = undefined;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the next effects draw what is newer
  }, [shape, fontPx, height, isMeasured]);
  useEffect(() => {
    if (isMeasured) chart.current?.setSize({ width: widthPx, height });
  }, [widthPx, height, isMeasured]);
  useEffect(() => {
    const what = drawn.current === undefined ? "data" : whatToDraw(drawn.current, next);
    drawn.current = next;
    // At once: where a time is, is asked next.
    if (what === "data") chart.current?.batch(() => chart.current?.setData(data));
    else if (what === "looks") chart.current?.redraw(false, true);
    if (what === "data" && held.current !== undefined) placeCursor(chart.current, held.current);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- what is next is made of these
  }, [data, from, to, levels, bands, format, held]);
  return chart;
}

function dataOf(
  at: readonly number[],
  lines: readonly ChartLine[],
  isLogarithmic: boolean,
): uPlot.AlignedData {
  const drawn = (value: number | null): number | null =>
    value === null || !isLogarithmic ? value : Math.max(value, LOG_FLOOR);
  return [[...at], ...lines.map(({ values }) => values.map((value) => drawn(value)))];
}

/** Where a key moves the cursor; null: away; undefined if it is no such key. */
function timeByKey(chart: uPlot, held: number | undefined, key: string): number | null | undefined {
  const times = chart.data[0] ?? [];
  const last = times.length - 1;
  const { idx } = chart.cursor;
  const heldIndex = held === undefined ? -1 : times.indexOf(held);
  const index = heldIndex >= 0 ? heldIndex : (idx ?? last + 1);
  const page = Math.max(Math.round(last / 10), 1);
  const places: Readonly<Record<string, number>> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    PageDown: index - page,
    PageUp: index + page,
    Home: 0,
    End: last,
  };
  if (key === "Escape") return typeof idx === "number" ? null : undefined;
  const place = places[key];
  return place === undefined ? undefined : times[Math.min(Math.max(place, 0), last)];
}

/** Puts the cursor at a time; away if there is none. */
function placeCursor(chart: uPlot | undefined, time: number | undefined): void {
  const left = time === undefined ? -10 : chart?.valToPos(time, "x");
  if (left !== undefined) chart?.setCursor({ left, top: left < 0 ? -10 : 1 });
}

function same(index: number | null): number | null {
  return index;
}
