import { useMemo } from "preact/hooks";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Fault } from "../../../parts/fault.tsx";
import { historyRange, type RangeName } from "../../../range.ts";
import { useSession } from "../../../session.ts";
import type { AlertView } from "../../../../../src/stream/stream-frame.ts";
import { useAnswer } from "../../../use-answer.ts";
import { useSetView, useView } from "../../../view.ts";
import { HistoryTable } from "./history-table.tsx";
import { filteredAlerts } from "./history-filter.ts";
import { LaneChart } from "./lane-chart.tsx";
import { lanesOfHistory } from "./lanes.ts";
import { TextField } from "../../../parts/text-field.tsx";

const TEXTS = messages(
  {
    loading: "Asking for the alerts of the past …",
    none: (from: string) => `No alert has fired since ${from}.`,
    noneMatch: (count: string) => `None of ${count} has all of these words.`,
    some: (count: string, from: string) => `${count} fired since ${from}.`,
    filter: "Rule, target or severity",
    lanes: "When which rule fired",
    truncated: (count: string) =>
      `Only the newest ${count} are here: choose a shorter range to see more of it.`,
    unreadable: (count: string) => `${count} stored alerts cannot be read by this version.`,
  },
  {
    loading: "Buscando os alertas do passado …",
    none: (from: string) => `Nenhum alerta disparou desde ${from}.`,
    noneMatch: (count: string) => `Nenhum de ${count} tem todas essas palavras.`,
    some: (count: string, from: string) => `Disparos desde ${from}: ${count}.`,
    filter: "Regra, alvo ou severidade",
    lanes: "Quando cada regra disparou",
    truncated: (count: string) =>
      `Só os ${count} mais recentes estão aqui: escolha um período menor para ver mais.`,
    unreadable: (count: string) => `Alertas guardados que esta versão não consegue ler: ${count}.`,
  },
);

const EVERY_MS = 30_000;

interface HistoryAnswer {
  readonly alerts: readonly AlertView[];
  readonly from: number;
  readonly to: number;
  readonly truncated: boolean;
  readonly unreadable: number;
}

/** The alerts of the page's range; while it looks at what is live, those of a day. */
export function AlertHistory() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const session = useSession();
  const { range, alertFilter } = useView();
  const setView = useSetView();
  const { answer, fault } = useAnswer(
    `alerts/${range}`,
    (signal) =>
      session.api.ask<HistoryAnswer>("/v1/alerts/history", {
        query: asked(range, session.nowMs()),
        signal,
      }),
    EVERY_MS,
  );
  const shown = useMemo(
    () => filteredAlerts(answer?.alerts ?? [], alertFilter),
    [answer, alertFilter],
  );
  const lanes = useMemo(
    () => (answer === undefined ? [] : lanesOfHistory(shown, answer)),
    [answer, shown],
  );
  if (answer === undefined) {
    return fault === "" ? <p role="status">{texts.loading}</p> : <Fault text={fault} />;
  }
  const from = format.clock(answer.from, session.nowMs());
  const count = format.count(answer.alerts.length);
  return (
    <div class="alert-panel">
      <Fault text={fault} />
      <p>{answer.alerts.length === 0 ? texts.none(from) : texts.some(count, from)}</p>
      {answer.truncated && <p class="hint">{texts.truncated(count)}</p>}
      {answer.unreadable > 0 && (
        <p class="hint">{texts.unreadable(format.count(answer.unreadable))}</p>
      )}
      {(answer.alerts.length > 0 || alertFilter !== "") && (
        <TextField
          label={texts.filter}
          kind="search"
          value={alertFilter}
          onChange={(text) => setView({ alertFilter: text })}
        />
      )}
      {answer.alerts.length > 0 && shown.length === 0 && <p>{texts.noneMatch(count)}</p>}
      {shown.length > 0 && (
        <>
          <LaneChart lanes={lanes} span={answer} label={texts.lanes} />
          <HistoryTable alerts={shown} />
        </>
      )}
    </div>
  );
}

/** A day where nothing is asked for: that is the server's own default. */
function asked(range: RangeName, nowMs: number): { readonly from?: number; readonly to?: number } {
  if (range === "live") return {};
  return { from: historyRange(range, nowMs).from, to: nowMs + 1 };
}
