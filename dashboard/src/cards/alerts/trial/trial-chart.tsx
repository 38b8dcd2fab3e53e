import { useMemo } from "preact/hooks";
import { type ChartBand, type ChartColor, TimeChart } from "../../../charts/time-chart.tsx";
import type { HistoryAnswer, HistoryPoint } from "../../../../../src/api/history-answer.ts";
import { pointLines } from "../../../history/point-lines.ts";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Fault } from "../../../parts/fault.tsx";
import { useSession } from "../../../session.ts";
import { useAnswer } from "../../../use-answer.ts";
import { historyLine, minuteRequests } from "./history-line.ts";
import type { LaneBand } from "../past/lanes.ts";
import { MEASURE_NAMES } from "../../../../../src/measure-names.ts";
import { METRIC_NAMES } from "../metric-names.ts";
import { unitOf } from "./rule-draft.ts";
import type { TrialAnswer } from "./trial-result.tsx";
import { seriesText } from "../series-text.ts";
import { valueText } from "../value-text.ts";

const TEXTS = messages(
  {
    loading: "Asking for the history of this series …",
    title: (what: string, series: string) => `${what} of ${series} by the minute`,
    minutes: "The line is each minute by itself; the rule looks at its window.",
    threshold: "threshold",
    ends: "ends at",
    pending: "pending",
    firing: "firing",
    nodata: "no data",
  },
  {
    loading: "Buscando o histórico desta série …",
    title: (what: string, series: string) => `${what} de ${series} por minuto`,
    minutes: "A linha mostra cada minuto isolado; a regra observa a sua janela.",
    threshold: "limiar",
    ends: "termina em",
    pending: "pendente",
    firing: "disparado",
    nodata: "sem dados",
  },
);

const COLORS: Readonly<Record<LaneBand["state"], ChartColor>> = {
  pending: "orange",
  firing: "red",
  nodata: "soft",
};

/** One series of a rule that was tried: its minutes, the threshold, and when it would have fired. */
export function TrialChart({
  answer: { rule, from, to },
  series: { target, operation },
  bands,
}: {
  readonly answer: TrialAnswer;
  readonly series: { readonly target: string; readonly operation: string };
  readonly bands: readonly LaneBand[];
}) {
  const texts = useMessages(TEXTS);
  const metrics = useMessages(METRIC_NAMES);
  const measures = useMessages(MEASURE_NAMES);
  const format = useFormat();
  const { api } = useSession();
  const asked = useAnswer(`minutes/${target}/${operation}/${from}/${to}`, async (signal) => {
    const answers = await Promise.all(
      minuteRequests(from, to).map((part) =>
        api.ask<HistoryAnswer>("/v1/history", {
          query: { target, operation, step: "1m", ...part },
          signal,
        }),
      ),
    );
    return answers.flatMap(({ points }) => points);
  });
  const name =
    rule.measure === undefined ? metrics[rule.metric ?? "latency"] : measures[rule.measure];
  const { at, lines } = useMemo(
    () => chartData(asked.answer ?? [], rule, name),
    [asked.answer, rule, name],
  );
  const shownBands = useMemo(
    (): readonly ChartBand[] =>
      bands.map((band) => ({ ...band, color: COLORS[band.state], label: texts[band.state] })),
    [bands, texts],
  );
  const levels = useMemo(() => levelsOf(rule, texts), [rule, texts]);
  const formatValue = useMemo(() => {
    const unit = unitOf(rule) ?? "Value";
    return (value: number): string =>
      valueText(format, value, { unit, metric: rule.metric ?? "", measure: rule.measure });
  }, [format, rule]);
  if (asked.answer === undefined) {
    return asked.fault === "" ? <p role="status">{texts.loading}</p> : <Fault text={asked.fault} />;
  }
  return (
    <>
      <TimeChart
        title={texts.title(name, seriesText({ target, operation }))}
        at={at}
        lines={lines}
        formatValue={formatValue}
        from={from}
        to={to}
        bands={shownBands}
        levels={levels}
      />
      <p class="hint">{texts.minutes}</p>
    </>
  );
}

function chartData(points: readonly HistoryPoint[], rule: TrialAnswer["rule"], label: string) {
  const { at, lines } = pointLines(points, [historyLine(rule) ?? (() => null)]);
  return { at, lines: lines.map((values) => ({ label, color: "1" as const, values })) };
}

function levelsOf(
  rule: TrialAnswer["rule"],
  texts: { readonly threshold: string; readonly ends: string },
) {
  const unit = unitOf(rule);
  if (unit === undefined) return [];
  const threshold = rule[`threshold${unit}`];
  const recovery = rule[`recoveryThreshold${unit}`];
  return [
    ...(threshold === undefined
      ? []
      : [{ value: threshold, color: "red" as const, label: texts.threshold }]),
    ...(recovery === undefined || recovery === threshold
      ? []
      : [{ value: recovery, color: "soft" as const, label: texts.ends }]),
  ];
}
