import { useMemo, useState } from "preact/hooks";
import type { BacktestResult } from "../../../../../src/alerts/backtest.ts";
import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { historyLine } from "./history-line.ts";
import { LaneChart } from "../past/lane-chart.tsx";
import { lanesOfTransitions } from "../past/lanes.ts";
import { SelectField } from "../../../parts/select-field.tsx";
import { TransitionTable } from "./transition-table.tsx";
import { TrialChart } from "./trial-chart.tsx";

const TEXTS = messages(
  {
    never: (series: string, minutes: string) =>
      `It would never have fired: ${series} series, ${minutes} minutes.`,
    fired: (times: string, series: string, minutes: string) =>
      `It would have fired ${times} ×: ${series} series, ${minutes} minutes.`,
    noSeries: "The rule is for no series that there was in this time.",
    lanes: "When it would have fired, by series",
    series: "Series of the chart",
    noLine: "No single minute has what this rule looks at: there is no line to draw.",
    omitted: (count: string) => `${count} further changes are not told.`,
  },
  {
    never: (series: string, minutes: string) =>
      `Nunca teria disparado (séries: ${series}; minutos: ${minutes}).`,
    fired: (times: string, series: string, minutes: string) =>
      `Teria disparado ${times} × (séries: ${series}; minutos: ${minutes}).`,
    noSeries: "A regra não se aplica a nenhuma série que havia neste período.",
    lanes: "Quando teria disparado, por série",
    series: "Série do gráfico",
    noLine: "Nenhum minuto isolado tem o que esta regra observa: não há linha para desenhar.",
    omitted: (count: string) => `Outras mudanças, não mostradas: ${count}.`,
  },
);

/** What `POST /v1/rules/backtest` answers. */
export interface TrialAnswer extends BacktestResult {
  readonly rule: RuleInput;
  readonly from: number;
  readonly to: number;
  /** Every series that the rule is for. */
  readonly series: readonly { readonly target: string; readonly operation: string }[];
}

/** What a rule would have done: how often, when, on which series. */
export function TrialResult({ answer }: { readonly answer: TrialAnswer }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { rule, from, to, series, transitions, firings, omitted, evaluations } = answer;
  const lanes = useMemo(() => {
    const { name = "", severity = "MEDIUM" } = rule;
    return lanesOfTransitions(transitions, { name, severity }, { from, to });
  }, [rule, transitions, from, to]);
  const [chosen, choose] = useState<string | null>(null);
  const keys = [
    ...lanes.map(({ key }) => key),
    ...series.map(keyOf).filter((key) => !lanes.some((lane) => lane.key === key)),
  ];
  const key = chosen ?? keys[0];
  const one = series.find((candidate) => keyOf(candidate) === key);
  const lane = lanes.find((candidate) => candidate.key === key);
  const [counted, minutes] = [format.count(series.length), format.count(evaluations)];
  const said =
    firings === 0
      ? texts.never(counted, minutes)
      : texts.fired(format.count(firings), counted, minutes);
  return (
    <div class="alert-panel">
      <p role="status">
        <strong>{series.length === 0 ? texts.noSeries : said}</strong>
      </p>
      {lanes.length > 0 && (
        <LaneChart lanes={lanes} span={{ from, to }} label={texts.lanes} showsRule={false} />
      )}
      {one !== undefined && historyLine(rule) === undefined && <p class="hint">{texts.noLine}</p>}
      {one !== undefined && historyLine(rule) !== undefined && (
        <>
          <SelectField
            label={texts.series}
            value={key ?? ""}
            options={keys.map((value) => ({ value, label: value.replace(" *", "") }))}
            onChange={choose}
          />
          <TrialChart answer={answer} series={one} bands={lane?.bands ?? NO_BANDS} />
        </>
      )}
      {omitted > 0 && <p class="hint">{texts.omitted(format.count(omitted))}</p>}
      {transitions.length > 0 && <TransitionTable transitions={transitions} rule={rule} />}
    </div>
  );
}

const NO_BANDS = [] as const;

/** As {@link lanesOfTransitions} names a lane. */
function keyOf({ target, operation }: TrialAnswer["series"][number]): string {
  return `${target} ${operation}`;
}
