import { useCallback } from "preact/hooks";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { seriesKey } from "../../../../src/stream/live-state.ts";
import type { SeriesView, WindowName } from "../../../../src/stream/stream-frame.ts";
import { MAX_OPENED } from "../../view-state.ts";
import { useSetView, useView } from "../../view.ts";
import { LATENCY_COLUMNS, VOLUME_COLUMNS } from "./series-columns.ts";
import { SeriesRow } from "./series-row.tsx";
import type { SeriesSort } from "../../series-sort.ts";
import { SortHead } from "./sort-head.tsx";
import type { TableRow } from "./table-rows.ts";

const TEXTS = messages(
  {
    caption: "Every series over one window; a press on a name shows its latency.",
    label: "Table of series",
    whole: "all operations",
    target: "Target",
    operation: "operation",
    latency: "Latency",
    lastMinute: "last minute",
    maxMs: "Max",
    spread: "p50 to p99",
    spreadScale: "1 ms to 10 s",
    count: "Count",
    perSecond: "Rate",
    perSecondUnit: "per second",
    errorRate: "Error rate",
    errors: "Errors",
    kind: "Kind",
  },
  {
    caption: "Todas as séries em uma janela; clique em um nome para ver a latência.",
    label: "Tabela de séries",
    whole: "todas as operações",
    target: "Alvo",
    operation: "operação",
    latency: "Latência",
    lastMinute: "último minuto",
    maxMs: "Máx.",
    spread: "p50 a p99",
    spreadScale: "1 ms a 10 s",
    count: "Total",
    perSecond: "Taxa",
    perSecondUnit: "por segundo",
    errorRate: "Taxa de erro",
    errors: "Erros",
    kind: "Tipo",
  },
);

/** The table itself: its head sorts, its rows pick. */
export function SeriesTable({
  rows,
  window,
  sort,
  onPick,
}: {
  readonly rows: readonly TableRow[];
  readonly window: WindowName;
  readonly sort: SeriesSort | null;
  /** Stays the same from one rendering to the next. */
  readonly onPick: (view: SeriesView) => void;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { target, operation } = useView();
  const onFold = useFold();
  return (
    <ScrollRegion label={texts.label}>
      <table class="series" data-window={window}>
        <caption class="visually-hidden">{texts.caption}</caption>
        <SeriesHead sort={sort} />
        <tbody id="rows">
          {rows.map(({ view, isBelowWhole, fold }) => (
            <SeriesRow
              key={seriesKey(view)}
              view={view}
              window={window}
              format={format}
              wholeText={texts.whole}
              isBelowWhole={isBelowWhole}
              foldCount={fold?.count ?? 0}
              isOpen={fold?.isOpen ?? false}
              isPicked={view.target === target && view.operation === operation}
              onPick={onPick}
              onFold={onFold}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** Opens or folds a target; what it gives stays the same as long as nothing is opened or folded. */
function useFold(): (target: string, isOpen: boolean) => void {
  const { opened } = useView();
  const setView = useSetView();
  return useCallback(
    (target, isOpen) => {
      const others = opened.filter((other) => other !== target);
      setView({ opened: isOpen ? [...others, target].slice(-MAX_OPENED) : others });
    },
    [opened, setView],
  );
}

function SeriesHead({ sort }: { readonly sort: SeriesSort | null }) {
  const texts = useMessages(TEXTS);
  const setView = useSetView();
  const onSort = useCallback((next: SeriesSort | null) => setView({ sort: next }), [setView]);
  const order = { sort, onSort };
  const titles = {
    p50Ms: { title: "p50", note: "ms" },
    p90Ms: { title: "p90", note: "ms" },
    p95Ms: { title: "p95", note: "ms" },
    p99Ms: { title: "p99", note: "ms" },
    maxMs: { title: texts.maxMs, note: "ms" },
    count: { title: texts.count },
    perSecond: { title: texts.perSecond, note: texts.perSecondUnit },
    errorRate: { title: texts.errorRate },
  } as const;
  const numberHeads = (columns: typeof LATENCY_COLUMNS) =>
    columns.map(({ field }) => (
      <SortHead key={field} column={field} {...titles[field]} isNumber {...order} />
    ));
  return (
    <thead>
      <tr>
        <SortHead column="target" title={texts.target} note={texts.operation} {...order} />
        <SortHead column="latency" title={texts.latency} note={texts.lastMinute} {...order} />
        {numberHeads(LATENCY_COLUMNS)}
        <th scope="col">
          {texts.spread} <small>{texts.spreadScale}</small>
        </th>
        {numberHeads(VOLUME_COLUMNS)}
        <SortHead column="errors" title={texts.errors} note={texts.lastMinute} {...order} />
        <SortHead column="kind" title={texts.kind} {...order} />
      </tr>
    </thead>
  );
}
