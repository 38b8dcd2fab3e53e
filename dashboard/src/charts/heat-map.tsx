import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Format, useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import type { HeatColumn } from "../live/heat-trail.ts";
import { HEAT_CLASSES } from "../live/latency-classes.ts";
import { drawHeatMap, type HeatLayout, heatLayout } from "./draw-heat-map.ts";
import { outside } from "./heat-range.ts";
import { TableToggle } from "./table-toggle.tsx";
import { onThemeChange } from "./theme.ts";
import { useSize } from "./use-size.ts";

/** Most rows of its table: the newest come first. */
const MAX_ROWS = 240;

const HEIGHT_EM = 15;

/** How dark the swatches of the legend are, as parts of the darkest. */
const SWATCHES = [0.25, 0.5, 0.75, 1] as const;

const TEXTS = messages(
  {
    empty: "No timings in this stretch of time.",
    legend: "Share of the timings of the same moment",
    hint: "Point at it to read it.",
    summary: (columns: string) =>
      `${columns} columns over time; the darker a class of latency, the more timings of that moment are in it.`,
    time: "Time",
    count: "Count",
    peak: "Most frequent latency",
    share: "Share",
  },
  {
    empty: "Nenhuma medição neste período.",
    legend: "Proporção das medições do mesmo momento",
    hint: "Aponte para ler.",
    summary: (columns) =>
      `${columns} colunas ao longo do tempo; quanto mais escura uma faixa de latência, mais medições do momento estão nela.`,
    time: "Horário",
    count: "Quantidade",
    peak: "Latência mais frequente",
    share: "Proporção",
  },
);

interface HeatMapProps {
  readonly title: string;
  /** In order of time. */
  readonly columns: readonly HeatColumn[];
  readonly from: number;
  readonly to: number;
}

/** How latencies are distributed over time: columns of time, rows of latency. */
export function HeatMap(props: HeatMapProps) {
  const { title, columns } = props;
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layout = useHeatCanvas({ host, canvas, props, format });
  const [pointed, point] = useState("");
  const mostShare = layout?.mostShare ?? 0;
  return (
    <figure class="chart heat" aria-label={title}>
      <figcaption>{title}</figcaption>
      <div ref={host} class="heat-plot">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${title}. ${texts.summary(format.count(columns.length))}`}
          onPointerMove={({ offsetX, offsetY }) =>
            point(
              layout === undefined
                ? ""
                : pointedText(layout, columns, { offsetX, offsetY }, format),
            )
          }
          onPointerLeave={() => point("")}
        />
        {mostShare === 0 && <p class="chart-empty">{texts.empty}</p>}
      </div>
      <TableToggle
        title={title}
        isEmpty={columns.length === 0}
        beside={
          <>
            <p class="hint heat-read">{mostShare > 0 && (pointed || texts.hint)}</p>
            {mostShare > 0 && <HeatLegend mostShare={mostShare} />}
          </>
        }
      >
        {() => <HeatTable columns={columns} />}
      </TableToggle>
    </figure>
  );
}

/** How dark how much is. */
function HeatLegend({ mostShare }: { readonly mostShare: number }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <p class="heat-legend">
      <span>{texts.legend}:</span>
      {SWATCHES.map((part) => (
        <span key={part} class="item">
          <span class="heat-swatch" style={{ opacity: part }} />
          {format.percent(mostShare * part ** 2)}
        </span>
      ))}
    </p>
  );
}

/** Draws the map whenever it, its size or its looks have changed. */
function useHeatCanvas({
  host,
  canvas,
  props: { columns, from, to },
  format,
}: {
  readonly host: { readonly current: HTMLDivElement | null };
  readonly canvas: { readonly current: HTMLCanvasElement | null };
  readonly props: HeatMapProps;
  readonly format: Format;
}): HeatLayout | undefined {
  const { widthPx, fontPx } = useSize(host);
  const layout = useMemo(() => {
    if (widthPx <= 0) return undefined;
    const em = Math.round(fontPx * 0.75);
    return heatLayout(columns, { from, to, widthPx, heightPx: fontPx * HEIGHT_EM, em });
  }, [columns, from, to, widthPx, fontPx]);
  useEffect(() => {
    const element = canvas.current;
    if (element === null || layout === undefined) return undefined;
    const draw = (): void => drawHeatMap(element, layout, columns, format);
    draw();
    return onThemeChange(draw);
  }, [canvas, layout, columns, format]);
  return layout;
}

function HeatTable({ columns }: { readonly columns: readonly HeatColumn[] }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{texts.time}</th>
          <th scope="col" class="number">
            {texts.count}
          </th>
          <th scope="col" class="number">
            {texts.peak}
          </th>
          <th scope="col" class="number">
            {texts.share}
          </th>
        </tr>
      </thead>
      <tbody>
        {columns
          .slice(-MAX_ROWS)
          .toReversed()
          .map(({ from, to, counts }) => {
            const most = Math.max(...counts.counts, 0);
            const peak = counts.first + counts.counts.indexOf(most);
            return (
              <tr key={to} data-at={from}>
                <th scope="row">{format.clock(from, columns.at(-1)?.to ?? from)}</th>
                <td class="number">{format.count(counts.total)}</td>
                <td class="number">{most === 0 ? "–" : classText(peak, format)}</td>
                <td class="number">{most === 0 ? "–" : format.percent(most / counts.total)}</td>
              </tr>
            );
          })}
      </tbody>
    </table>
  );
}

function pointedText(
  layout: HeatLayout,
  columns: readonly HeatColumn[],
  { offsetX, offsetY }: { readonly offsetX: number; readonly offsetY: number },
  format: Format,
): string {
  const at = layout.timeAt(offsetX);
  const column = columns.find(({ from, to }) => from <= at && at < to);
  const index = layout.classAt(offsetY);
  if (column === undefined || index === undefined) return "";
  const { first, counts, total } = column.counts;
  const { below, above } = outside(column.counts, layout.rows);
  let [row, count] = [classText(index, format), counts[index - first] ?? 0];
  if (index < layout.rows.first && layout.innerBottom < layout.bottom) {
    [row, count] = [`< ${format.ms(HEAT_CLASSES.fromMs(layout.rows.first))} ms`, below];
  } else if (index >= layout.rows.end && layout.innerTop > layout.top) {
    [row, count] = [`> ${format.ms(HEAT_CLASSES.fromMs(layout.rows.end))} ms`, above];
  }
  const share = total === 0 ? 0 : count / total;
  return `${format.clock(column.from, columns.at(-1)?.to ?? 0)} · ${row} · ${format.count(count)} (${format.percent(share)})`;
}

function classText(index: number, format: Format): string {
  return `${format.ms(HEAT_CLASSES.fromMs(index))}–${format.ms(HEAT_CLASSES.toMs(index))} ms`;
}
