import { useCallback, useMemo, useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";
import { Card } from "../parts/card.tsx";
import { Choice } from "../parts/choice.tsx";
import { NowLabel } from "../parts/now-label.tsx";
import { ShowAll } from "../parts/show-all.tsx";
import { arrangeSeries } from "./series/arrange-series.ts";
import { SeriesTable } from "./series/series-table.tsx";
import { tableRows } from "./series/table-rows.ts";
import { useLive } from "../session.ts";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import type { SeriesView } from "../../../src/stream/stream-frame.ts";
import { MAX_FILTER_LENGTH } from "../view-state.ts";
import { useSetView, useView } from "../view.ts";

/** Rows until all of them are asked for. */
const MAX_ROWS = 60;

const TEXTS = messages(
  {
    title: "Series",
    window: "Window",
    "1m": "1 min",
    "5m": "5 min",
    "1h": "1 h",
    filter: "Filter by name",
    noMatch: (filter: string) => `No series has “${filter}” in its name.`,
  },
  {
    title: "Séries",
    window: "Janela",
    "1m": "1 min",
    "5m": "5 min",
    "1h": "1 h",
    filter: "Filtrar por nome",
    noMatch: (filter) => `Nenhuma série tem “${filter}” no nome.`,
  },
);

/** Every series with the numbers of one window: sorted, filtered, and a way to its latency. */
export function SeriesCard() {
  const texts = useMessages(TEXTS);
  const { window, sort, filter, opened, target, operation } = useView();
  const setView = useSetView();
  const series = useLive((state) => state.series);
  const [isWhole, setWhole] = useState(false);
  const arranged = useMemo(
    () => arrangeSeries(series.values(), { filter, sort, window }),
    [series, filter, sort, window],
  );
  const rows = useMemo(
    () =>
      tableRows(arranged, {
        isByName: sort === null,
        // Who looks for a name looks for operations, too.
        mayFold: filter.trim() === "",
        opened,
        picked: { target, operation },
      }),
    [arranged, sort, filter, opened, target, operation],
  );
  const pick = useCallback(
    (view: SeriesView) => {
      setView({ target: view.target, operation: view.operation });
      document.getElementById("latency")?.scrollIntoView({ block: "start" });
    },
    [setView],
  );
  const windows = WINDOW_NAMES.map((value) => ({ value, label: texts[value] }));
  return (
    <Card
      id="series"
      title={texts.title}
      badge={<NowLabel />}
      controls={
        <>
          <label class="filter">
            <span class="visually-hidden">{texts.filter}</span>
            <input
              type="search"
              placeholder={texts.filter}
              value={filter}
              maxLength={MAX_FILTER_LENGTH}
              onInput={({ currentTarget }) => setView({ filter: currentTarget.value })}
            />
          </label>
          <Choice
            name="window"
            legend={texts.window}
            options={windows}
            value={window}
            onChange={(chosen) => setView({ window: chosen })}
          />
        </>
      }
    >
      <SeriesTable
        rows={isWhole ? rows : rows.slice(0, MAX_ROWS)}
        window={window}
        sort={sort}
        onPick={pick}
      />
      {arranged.length === 0 && filter !== "" && <p role="status">{texts.noMatch(filter)}</p>}
      <ShowAll count={rows.length} shortCount={MAX_ROWS} isAll={isWhole} onChange={setWhole} />
    </Card>
  );
}
