import { useMemo } from "preact/hooks";
import { measuredMean } from "../../../../src/merge/measure-stats.ts";
import { WHOLE_TARGET } from "../../../../src/names.ts";
import { type ChartLine, TimeChart } from "../../charts/time-chart.tsx";
import { HistoryFault } from "../../history/history-fault.tsx";
import type { HistoryPoint } from "../../../../src/api/history-answer.ts";
import { pointLines } from "../../history/point-lines.ts";
import { useHistory } from "../../history/use-history.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import { historyRange } from "../../range.ts";
import { useView } from "../../view.ts";

const TEXTS = messages(
  {
    title: (target: string, step: string, stretch: string) =>
      `Mean duration and wait of ${target} by the ${step}, ${stretch}`,
    "1m": "minute",
    "1h": "hour",
    "1d": "day",
    unread: "History could not be read.",
    mean: "mean duration",
    wait: "mean wait",
  },
  {
    title: (target: string, step: string, stretch: string) =>
      `Duração e espera médias de ${target} por ${step}, ${stretch}`,
    "1m": "minuto",
    "1h": "hora",
    "1d": "dia",
    unread: "Não foi possível ler o histórico.",
    mean: "duração média",
    wait: "espera média",
  },
);

/** The mean duration and the mean wait of a point, in milliseconds. */
const LINES = [
  ({ meanMs }: HistoryPoint) => meanMs,
  ({ measures }: HistoryPoint) => measuredMean(measures, "waitMs"),
];

/** How long the queries of a database took and waited, over the range that is chosen. */
export function D1Chart({ target }: { readonly target: string }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { range } = useView();
  const { answer, fault, reload } = useHistory({ target, operation: WHOLE_TARGET });
  const points = useMemo(() => pointLines(answer?.points ?? [], LINES), [answer]);
  const lines = useMemo((): ChartLine[] => {
    const [means = [], waits = []] = points.lines;
    return [
      { label: texts.mean, field: "meanMs", color: "1", values: means },
      { label: texts.wait, field: "meanWaitMs", color: "2", values: waits },
    ];
  }, [points, texts]);
  return (
    <>
      <TimeChart
        title={texts.title(target, texts[historyRange(range, 0).step], stretchText(range))}
        at={points.at}
        lines={lines}
        formatValue={(value) => `${format.ms(value)} ms`}
        heightPx={180}
        {...(fault === "" ? {} : { emptyText: texts.unread })}
        {...(answer === undefined ? {} : { from: answer.range.from, to: answer.range.to })}
      />
      <HistoryFault fault={fault} onAgain={reload} />
    </>
  );
}
