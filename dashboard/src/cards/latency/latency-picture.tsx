import { useMemo } from "preact/hooks";
import {
  type ChartBand,
  type ChartColor,
  type ChartLine,
  TimeChart,
} from "../../charts/time-chart.tsx";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import type { BucketTally } from "../../live/bucket-tally.ts";
import type { HeatColumn } from "../../live/heat-trail.ts";
import { LINE_FIELDS, LINE_PERCENTILES } from "../../live/latency-of.ts";
import type { TrailPoints } from "../../live/trail.ts";
import type { RangeName } from "../../range.ts";
import { LazyDistribution } from "./lazy-distribution.ts";

/** In the order of `LINE_FIELDS`. */
const COLORS: readonly ChartColor[] = ["1", "3", "2", "4"];

const TEXTS = messages(
  { lines: (series: string, stretch: string) => `Latency of ${series} in ms, ${stretch}` },
  { lines: (series, stretch) => `Latência de ${series} em ms, ${stretch}` },
);

/** The latency of a stretch of time in pictures. */
export function LatencyPicture({
  series,
  range,
  points,
  tally,
  columns,
  bands,
  from,
  to,
  mapTo = to,
}: {
  /** Names what is shown. */
  readonly series: string;
  readonly range: RangeName;
  readonly points: TrailPoints;
  /** What is distributed; undefined until it is known. */
  readonly tally: BucketTally | undefined;
  readonly columns: readonly HeatColumn[];
  readonly bands: readonly ChartBand[];
  readonly from: number;
  readonly to: number;
  /** Where the map ends, if not at `to`: it is drawn again only when it has another column. */
  readonly mapTo?: number;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const lines = useMemo(
    () =>
      LINE_FIELDS.map((field, index): ChartLine => ({
        label: `p${LINE_PERCENTILES[index] ?? ""}`,
        color: COLORS[index] ?? "1",
        values: points.lines[index] ?? [],
        field,
      })),
    [points],
  );
  const marks = useMemo(() => {
    const values = tally?.percentilesMs(LINE_PERCENTILES) ?? [];
    return LINE_PERCENTILES.flatMap((percentile, index) => {
      const ms = values[index];
      return typeof ms === "number"
        ? [{ label: `p${percentile}`, color: COLORS[index] ?? "1", ms }]
        : [];
    });
  }, [tally]);
  return (
    <>
      <TimeChart
        title={texts.lines(series, stretchText(range))}
        at={points.at}
        lines={lines}
        formatValue={(value) => format.axisMs(Number(value.toPrecision(3)))}
        from={from}
        to={to}
        bands={bands}
        isLogarithmic
        heightPx={260}
      />
      <LazyDistribution
        tally={tally}
        marks={marks}
        columns={columns}
        from={from - to + mapTo}
        to={mapTo}
      />
    </>
  );
}
