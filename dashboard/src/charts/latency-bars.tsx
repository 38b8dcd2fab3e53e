import { useMemo, useRef } from "preact/hooks";
import { type Format, useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import type { BucketTally } from "../live/bucket-tally.ts";
import { type BarClasses, barClasses } from "./bar-classes.ts";
import { LOG_FLOOR } from "./chart-options.ts";
import { logMarks, logRange } from "./log-scale.ts";
import { spread } from "./spread.ts";
import { TableToggle } from "./table-toggle.tsx";
import type { ChartColor } from "./time-chart.tsx";
import { useSize } from "./use-size.ts";

const HEIGHT_EM = 15;

const TEXTS = messages(
  {
    empty: "No timings in this stretch of time.",
    one: (peak: string) => `1 timing: ${peak}.`,
    summary: (count: string, peak: string, share: string) =>
      `${count} timings; the most frequent are ${peak}, ${share} of all.`,
    latency: "Latency",
    count: "Count",
    share: "Share",
  },
  {
    empty: "Nenhuma medição neste período.",
    one: (peak) => `1 medição: ${peak}.`,
    summary: (count, peak, share) =>
      `${count} medições; as mais frequentes são de ${peak}, ${share} do total.`,
    latency: "Latência",
    count: "Quantidade",
    share: "Proporção",
  },
);

/** A percentile that is marked, in milliseconds. */
export interface LatencyMark {
  readonly label: string;
  readonly color: ChartColor;
  readonly ms: number;
}

/** How latencies are distributed: bars over a logarithmic axis, and where the percentiles are. */
export function LatencyBars({
  title,
  tally,
  marks,
}: {
  readonly title: string;
  readonly tally: BucketTally;
  /** Ascending. */
  readonly marks: readonly LatencyMark[];
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const bars = useMemo(() => barClasses(tally), [tally]);
  const summary = useMemo(() => {
    const peak = bars.reduce<BarClasses[number] | undefined>(
      (best, bar) => (best === undefined || bar.count > best.count ? bar : best),
      undefined,
    );
    if (peak === undefined) return texts.empty;
    const peakText = rangeText(peak, format);
    if (tally.total === 1) return texts.one(peakText);
    const share = format.percent(peak.count / tally.total);
    return texts.summary(format.count(tally.total), peakText, share);
  }, [bars, tally, texts, format]);
  return (
    <figure class="chart bars" aria-label={title}>
      <figcaption>{title}</figcaption>
      <div ref={host} class="bars-plot">
        {bars.length > 0 && size.widthPx > 0 && (
          <Bars summary={`${title}. ${summary}`} bars={bars} marks={marks} {...size} />
        )}
        {bars.length === 0 && <p class="chart-empty">{texts.empty}</p>}
      </div>
      <TableToggle
        title={title}
        isEmpty={bars.length === 0}
        beside={<p class="hint">{bars.length > 0 && summary}</p>}
      >
        {() => <BarsTable bars={bars} total={tally.total} />}
      </TableToggle>
    </figure>
  );
}

function BarsTable({ bars, total }: { readonly bars: BarClasses; readonly total: number }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{texts.latency}</th>
          <th scope="col" class="number">
            {texts.count}
          </th>
          <th scope="col" class="number">
            {texts.share}
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.fromMs}>
            <th scope="row">{rangeText(bar, format)}</th>
            <td class="number">{format.count(bar.count)}</td>
            <td class="number">{format.percent(bar.count / total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface BarsProps {
  readonly summary: string;
  readonly bars: BarClasses;
  readonly marks: readonly LatencyMark[];
  readonly widthPx: number;
  readonly fontPx: number;
}

/** Where things are in the picture, in CSS pixels. */
interface BarsLayout {
  /** The size of its letters. */
  readonly em: number;
  readonly heightPx: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly most: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  readonly x: (ms: number) => number;
  readonly y: (count: number) => number;
}

function barsLayout({ bars, widthPx, fontPx }: BarsProps): BarsLayout {
  const em = fontPx * 0.75;
  const heightPx = fontPx * HEIGHT_EM;
  const [top, bottom, left, right] = [em * 1.8, heightPx - em * 2, em * 4.2, widthPx - em * 2];
  const most = Math.max(...bars.map(({ count }) => count));
  const [lowestMs, highestMs] = logRange(
    Math.max(bars[0]?.fromMs ?? 0, LOG_FLOOR),
    Math.max(bars.at(-1)?.toMs ?? 0, LOG_FLOOR),
  );
  const scale = (right - left) / Math.log(highestMs / lowestMs);
  return {
    em,
    heightPx,
    top,
    bottom,
    left,
    right,
    most,
    lowestMs,
    highestMs,
    x: (ms) => left + Math.log(Math.max(ms, lowestMs) / lowestMs) * scale,
    y: (count) => bottom - (count / most) * (bottom - top),
  };
}

function Bars(props: BarsProps) {
  const { summary, bars, widthPx } = props;
  const format = useFormat();
  const layout = barsLayout(props);
  const { em, heightPx, bottom, x, y } = layout;
  return (
    <svg
      role="img"
      aria-label={summary}
      width={widthPx}
      height={heightPx}
      viewBox={`0 0 ${widthPx} ${heightPx}`}
      font-size={em}
    >
      <CountAxis {...layout} />
      {bars.map((bar) => (
        <rect
          key={bar.fromMs}
          class="bar-of"
          x={x(bar.fromMs) + 0.5}
          width={Math.max(x(bar.toMs) - x(bar.fromMs) - 1, 0.5)}
          y={bar.count === 0 ? bottom : Math.min(y(bar.count), bottom - 1.5)}
          height={bar.count === 0 ? 0 : Math.max(bottom - y(bar.count), 1.5)}
        >
          <title>{`${rangeText(bar, format)}: ${format.count(bar.count)}`}</title>
        </rect>
      ))}
      <Percentiles {...layout} marks={props.marks} />
      <LatencyAxis {...layout} />
    </svg>
  );
}

function CountAxis({ em, left, right, most, y }: BarsLayout) {
  const format = useFormat();
  return countMarks(most).map((count) => (
    <g key={count}>
      <line class="grid" x1={left} x2={right} y1={y(count)} y2={y(count)} />
      <text x={left - em * 0.4} y={y(count) + em * 0.35} text-anchor="end">
        {format.count(count)}
      </text>
    </g>
  ));
}

function Percentiles({
  marks,
  em,
  left,
  right,
  top,
  bottom,
  x,
}: BarsLayout & { readonly marks: readonly LatencyMark[] }) {
  const labelsX = spread(
    marks.map(({ ms }) => x(ms)),
    em * 2.6,
    { from: left + em, to: right - em },
  );
  return marks.map(({ label, color, ms }, index) => (
    <g key={label} data-color={color} class="mark">
      <line x1={x(ms)} x2={x(ms)} y1={top - em * 0.2} y2={bottom} />
      <text x={labelsX[index] ?? 0} y={em} text-anchor="middle">
        {label}
      </text>
    </g>
  ));
}

function LatencyAxis({ em, left, right, bottom, lowestMs, highestMs, x }: BarsLayout) {
  const format = useFormat();
  const maxCount = Math.max(Math.floor((right - left) / (em * 4.5)), 2);
  return (
    <>
      <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      {logMarks(lowestMs, highestMs, maxCount).map((ms) => (
        <g key={ms}>
          <line class="axis" x1={x(ms)} x2={x(ms)} y1={bottom} y2={bottom + em * 0.3} />
          <text x={x(ms)} y={bottom + em * 1.5} text-anchor="middle">
            {format.axisMs(ms)}
          </text>
        </g>
      ))}
    </>
  );
}

function rangeText(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  format: Format,
): string {
  return `${format.ms(fromMs)}–${format.ms(toMs)} ms`;
}

/** Two or three marks of an axis of counts, below the most. */
function countMarks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most));
  const step =
    [0.5, 1, 2, 5].map((factor) => factor * power).find((size) => most / size <= 4) ?? most;
  const whole = Math.max(Math.round(step), 1);
  const marks: number[] = [];
  for (let count = whole; count <= most; count += whole) marks.push(count);
  return marks;
}
