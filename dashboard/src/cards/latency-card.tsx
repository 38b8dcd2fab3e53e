import { useCallback, useMemo, useState } from "preact/hooks";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import { isName, WHOLE_TARGET } from "../../../src/names.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { GradeBadge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Choice } from "../parts/choice.tsx";
import { useLive } from "../session.ts";
import { seriesKey } from "../../../src/stream/live-state.ts";
import { useSetView, useView } from "../view.ts";
import { defaultTarget } from "./latency/default-target.ts";
import { LatencyNumbers } from "./latency/latency-numbers.tsx";
import { LiveView } from "./latency/live-view.tsx";
import { RangeView } from "./latency/range-view.tsx";
import { chosenOperation, seriesNames } from "./latency/series-names.ts";
import { SeriesPicker } from "./latency/series-picker.tsx";
import { TracedCalls } from "./latency/traced-calls.tsx";

const TEXTS = messages(
  {
    title: "Latency",
    window: "Window",
    "1m": "1 min",
    "5m": "5 min",
    "1h": "1 h",
    now: (window: string) => `Now, over the last ${window}`,
  },
  {
    title: "Latência",
    window: "Janela",
    "1m": "1 min",
    "5m": "5 min",
    "1h": "1 h",
    now: (window: string) => `Agora, na janela de ${window}`,
  },
);

/** The latency of one series: its numbers now, over time, and how it is distributed. */
export function LatencyCard() {
  const texts = useMessages(TEXTS);
  const { range, window, target: asked, operation: askedOperation } = useView();
  const setView = useSetView();
  const names = useLive(useMemo(() => seriesNames(), []));
  const first = useFirstTarget();
  const target = isName(asked) ? asked : first;
  const operation = chosenOperation(askedOperation);
  const view = useLive((state) => state.series.get(seriesKey({ target, operation })));
  const pick = useCallback(
    (name: string, part: string) => setView({ target: name, operation: part }),
    [setView],
  );
  const windows = WINDOW_NAMES.map((value) => ({ value, label: texts[value] }));
  const series = operation === WHOLE_TARGET ? target : `${target} ${operation}`;
  return (
    <Card
      id="latency"
      title={texts.title}
      badge={<GradeBadge grade={view?.grades.latency} />}
      controls={
        <>
          <SeriesPicker names={names} target={target} operation={operation} onPick={pick} />
          <Choice
            name="latency-window"
            legend={texts.window}
            options={windows}
            value={window}
            onChange={(value) => setView({ window: value })}
          />
        </>
      }
    >
      <div data-target={target} data-operation={operation} data-window={window}>
        <LatencyNumbers title={texts.now(texts[window])} stats={view?.windows[window]} isLive />
      </div>
      {range === "live" ? (
        <LiveView target={target} operation={operation} window={window} series={series} />
      ) : (
        <RangeView range={range} target={target} operation={operation} series={series} />
      )}
      {view?.exemplars !== undefined && view.exemplars.length > 0 && (
        <TracedCalls calls={view.exemplars} series={series} />
      )}
    </Card>
  );
}

/** The target that was worst when there was one: while it is looked at, none takes its place. */
function useFirstTarget(): string {
  const [first, setFirst] = useState("");
  const worst = useLive((state) => (first === "" ? defaultTarget(state) : first));
  if (first === "" && worst !== "") setFirst(worst);
  return worst;
}
