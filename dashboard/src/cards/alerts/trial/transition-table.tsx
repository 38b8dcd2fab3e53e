import { useState } from "preact/hooks";
import type { BacktestTransition } from "../../../../../src/alerts/backtest.ts";
import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { ScrollRegion } from "../../../parts/scroll-region.tsx";
import { ShowAll } from "../../../parts/show-all.tsx";
import { useSession } from "../../../session.ts";
import { seriesText } from "../series-text.ts";
import { unitOf } from "./rule-draft.ts";
import { valueText } from "../value-text.ts";

const TEXTS = messages(
  {
    label: "What the rule would have done",
    at: "When",
    series: "Series",
    state: "Then it was",
    value: "Value",
    pending: "pending",
    firing: "firing",
    nodata: "without data",
    resolved: "over",
    inactive: "dropped, never fired",
    first: (shown: string, count: string) => `The first ${shown} of ${count}.`,
  },
  {
    label: "O que a regra teria feito",
    at: "Quando",
    series: "Série",
    state: "Passou a",
    value: "Valor",
    pending: "pendente",
    firing: "disparado",
    nodata: "sem dados",
    resolved: "terminado",
    inactive: "descartado, sem disparar",
    first: (shown: string, count: string) => `As primeiras ${shown} de ${count}.`,
  },
);

const MAX_SHOWN = 20;

/** Rows that a browser lays out without a pause. */
const MAX_ROWS = 1000;

/** Each change of an alert that a rule, tried on history, would have made. */
export function TransitionTable({
  transitions,
  rule,
}: {
  readonly transitions: readonly BacktestTransition[];
  readonly rule: RuleInput;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const session = useSession();
  const [isWhole, setWhole] = useState(false);
  const kind = {
    unit: unitOf(rule) ?? ("Value" as const),
    metric: rule.metric ?? "",
    measure: rule.measure,
  };
  const shown = transitions.slice(0, isWhole ? MAX_ROWS : MAX_SHOWN);
  const count = transitions.length;
  return (
    <>
      <ScrollRegion label={texts.label}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.at}</th>
              <th scope="col">{texts.series}</th>
              <th scope="col">{texts.state}</th>
              <th scope="col" class="number">
                {texts.value}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ at, target, operation, state, value }) => (
              <tr key={`${at} ${target} ${operation} ${state}`} data-at={at}>
                <th scope="row">
                  <span>{format.clock(at, session.nowMs())}</span>
                </th>
                <td class="wraps">{seriesText({ target, operation })}</td>
                <td>{texts[state]}</td>
                <td class="number">{valueText(format, value, kind)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {isWhole && count > MAX_ROWS && (
        <p class="hint">{texts.first(format.count(MAX_ROWS), format.count(count))}</p>
      )}
      <ShowAll count={count} shortCount={MAX_SHOWN} isAll={isWhole} onChange={setWhole} />
    </>
  );
}
