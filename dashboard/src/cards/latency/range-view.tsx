import { useMemo } from "preact/hooks";
import { HistoryFault } from "../../history/history-fault.tsx";
import type { HistoryPoint } from "../../../../src/api/history-answer.ts";
import { pointLines } from "../../history/point-lines.ts";
import { useRangeLatency } from "../../history/use-range-latency.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import { LINE_FIELDS } from "../../live/latency-of.ts";
import type { RangeName } from "../../range.ts";
import { LatencyNumbers } from "./latency-numbers.tsx";
import { LatencyPicture } from "./latency-picture.tsx";

const TEXTS = messages(
  {
    total: (stretch: string) => `All of the ${stretch}, exactly`,
    loading: "Loading history …",
    reading: (part: string) => `Reading histograms … ${part}`,
  },
  {
    total: (stretch: string) => `Todo o período (${stretch}), exato`,
    loading: "Carregando histórico …",
    reading: (part: string) => `Lendo histogramas … ${part}`,
  },
);

/** The latency of a range of the past. */
export function RangeView({
  range,
  target,
  operation,
  series,
}: {
  readonly range: Exclude<RangeName, "live">;
  readonly target: string;
  readonly operation: string;
  readonly series: string;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { latency, fault, progress } = useRangeLatency(range, target, operation);
  const points = useMemo(() => pointLines(latency?.points ?? [], LINES), [latency]);
  if (latency === undefined) {
    return (
      <>
        <HistoryFault fault={fault} />
        {fault === "" && (
          <p class="hint" role="status">
            {progress === 0 ? texts.loading : texts.reading(format.percent(progress))}
          </p>
        )}
      </>
    );
  }
  return (
    <>
      <HistoryFault fault={fault} />
      <LatencyNumbers
        title={texts.total(stretchText(range))}
        stats={latency.total}
        isLive={false}
      />
      <LatencyPicture
        series={series}
        range={range}
        points={points}
        tally={latency.tally}
        columns={latency.columns}
        bands={NO_BANDS}
        from={latency.range.from}
        to={latency.range.to}
      />
    </>
  );
}

const NO_BANDS: readonly never[] = [];

const LINES = LINE_FIELDS.map((field) => (point: HistoryPoint) => point[field]);
