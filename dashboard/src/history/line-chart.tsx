import { useMemo } from "preact/hooks";
import { type ChartColor, type ChartLevel, TimeChart } from "../charts/time-chart.tsx";
import { messages, useMessages } from "../i18n/language.ts";
import type { LiveLine } from "../live/live-line.ts";
import type { Stretch } from "../live/live-trail.ts";
import { LIVE_SPAN_MS } from "../range.ts";

const TEXTS = messages(
  {
    quiet: "not live",
    reading: "Reading history …",
    unread: "History could not be read.",
  },
  {
    quiet: "sem dados ao vivo",
    reading: "Lendo o histórico …",
    unread: "Não foi possível ler o histórico.",
  },
);

/** One line, of ticks or of a range of history. */
interface LineData {
  /** Epoch milliseconds, strictly ascending. */
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** What the axis shows; the last minutes before the newest point if absent. */
  readonly range?: { readonly from: number; readonly to: number } | undefined;
  /** Whether it is still asked for, or could not be read; absent if it is there. */
  readonly state?: "reading" | "unread";
  /** When nothing was heard. */
  readonly quiet?: readonly Stretch[] | undefined;
}

interface LineChartProps {
  readonly data: LineData;
  /** Its accessible name. */
  readonly title: string;
  readonly label: string;
  /** What the API calls the number. */
  readonly field: string;
  readonly color: ChartColor;
  readonly formatValue: (value: number) => string;
  readonly levels?: readonly ChartLevel[];
}

/** What is live of a line. */
export function liveLine({ points, quiet, fault }: LiveLine): LineData {
  const data = { at: points.at, values: points.lines[0] ?? [], quiet };
  return fault === "" ? data : { ...data, state: "unread" };
}

/** A line that is not there: it is still asked for unless there is a fault. */
export function missingLine(fault: string): LineData {
  return { at: [], values: [], state: fault === "" ? "reading" : "unread" };
}

/** One number over time. */
export function LineChart({
  data,
  title,
  label,
  field,
  color,
  formatValue,
  levels,
}: LineChartProps) {
  const texts = useMessages(TEXTS);
  const { at, values, range, quiet } = data;
  const lines = useMemo(() => [{ label, field, color, values }], [label, field, color, values]);
  const bands = useMemo(
    () =>
      (quiet ?? []).map(({ from, to }) => ({
        from,
        to,
        color: "soft" as const,
        label: texts.quiet,
      })),
    [quiet, texts],
  );
  const newestAt = at.at(-1);
  const axis =
    range ?? (newestAt === undefined ? {} : { from: newestAt - LIVE_SPAN_MS, to: newestAt });
  return (
    <TimeChart
      title={title}
      at={at}
      lines={lines}
      formatValue={formatValue}
      {...axis}
      bands={bands}
      heightPx={180}
      {...(data.state === undefined ? {} : { emptyText: texts[data.state] })}
      {...(levels === undefined ? {} : { levels })}
    />
  );
}
