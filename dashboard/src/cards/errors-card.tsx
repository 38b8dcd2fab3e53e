import { useMemo } from "preact/hooks";
import { HistoryFault } from "../history/history-fault.tsx";
import { useKindTotals } from "../history/kind-totals.tsx";
import { useTotals } from "../history/use-totals.ts";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useStretchText } from "../i18n/stretch-text.ts";
import { GradeBadge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Figure, Figures } from "../parts/figure.tsx";
import { TrendFigure } from "../parts/trend-figure.tsx";
import { useLive } from "../session.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import type { PillarViews } from "../../../src/stream/stream-frame.ts";
import { useView } from "../view.ts";
import { CriticalLine } from "./errors/critical-line.tsx";
import { ErrorBars } from "./errors/error-bars.tsx";
import { FailingChoice } from "./errors/failing-choice.tsx";
import { ErrorChart } from "./errors/error-chart.tsx";
import { type ErrorRow, liveErrorRows, rangeErrorRows } from "./errors/error-row.ts";
import { ErrorTable } from "./errors/error-table.tsx";

const TEXTS = messages(
  {
    title: "Errors",
    rate: "error rate",
    failed: "failed",
    ofCalls: (count: string) => `of ${count} calls`,
    rateLimited: "rate limited",
    noFailure: "429s: no failures",
    score: "score",
    outOf: "of 10",
    targets: (count: string) => `mean of ${count} targets`,
    trend: "5 min against the hour",
    now: (stretch: string) => `Now, ${stretch}: all targets but probes`,
    none: "No calls in this stretch of time.",
    reading: "Reading history …",
  },
  {
    title: "Erros",
    rate: "taxa de erro",
    failed: "com falha",
    ofCalls: (count: string) => `de ${count} chamadas`,
    rateLimited: "limitadas",
    noFailure: "429: não são falhas",
    score: "nota",
    outOf: "de 10",
    targets: (count: string) => `média de ${count} alvos`,
    trend: "5 min contra 1 h",
    now: (stretch: string) => `Agora, ${stretch}: todos os alvos, menos sondas`,
    none: "Nenhuma chamada neste período.",
    reading: "Lendo o histórico …",
  },
);

const BY_TARGET = { step: "all", by: "target" } as const;

/** How many calls fail, of whom, and since when. */
export function ErrorsCard() {
  const texts = useMessages(TEXTS);
  const stretchText = useStretchText();
  const { range, window } = useView();
  const errors = useLive(errorsOf);
  const series = useLive(seriesOf);
  const { answer, fault, reload } = useTotals(BY_TARGET);
  const isChartUnread = useKindTotals().fault !== "";
  const { failing } = useView();
  const isLive = range === "live";
  const rows = useMemo((): ErrorRow[] | undefined => {
    if (isLive) return liveErrorRows(series, window);
    return answer && rangeErrorRows(answer.points, series);
  }, [isLive, series, window, answer]);
  const stretch = stretchText(isLive ? window : range);
  return (
    <Card
      id="errors"
      title={texts.title}
      badge={
        <>
          <span data-field="grade">
            <GradeBadge grade={errors} />
          </span>
          <CriticalLine />
        </>
      }
      controls={<FailingChoice rows={rows ?? []} />}
    >
      {errors !== null && (
        <div class="stack" data-window={errors.window}>
          <h3 class="group">{texts.now(stretchText(errors.window))}</h3>
          <ErrorFigures errors={errors} />
        </div>
      )}
      <ErrorChart key={failing} target={failing} />
      {!isLive && !isChartUnread && <HistoryFault fault={fault} onAgain={reload} />}
      {rows === undefined && fault === "" && <p class="hint">{texts.reading}</p>}
      {rows?.length === 0 && <p class="hint">{texts.none}</p>}
      {rows !== undefined && rows.length > 0 && (
        <div class="error-lists" data-window={isLive ? window : undefined}>
          <ErrorBars rows={rows} isLive={isLive} />
          <ErrorTable rows={rows} isLive={isLive} stretch={stretch} />
        </div>
      )}
    </Card>
  );
}

function ErrorFigures({ errors }: { readonly errors: NonNullable<PillarViews["errors"]> }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { rate, failed, count, rateLimited, score, targetCount, trend } = errors;
  return (
    <Figures>
      <Figure label={texts.rate} field="rate" text={format.percent(rate)} />
      <Figure
        label={texts.failed}
        field="failed"
        text={format.count(failed)}
        note={texts.ofCalls(format.count(count))}
      />
      <Figure
        label={texts.rateLimited}
        field="rateLimited"
        text={format.count(rateLimited)}
        note={texts.noFailure}
      />
      <Figure
        label={texts.score}
        field="score"
        text={format.score(score)}
        unit={texts.outOf}
        note={texts.targets(format.count(targetCount))}
      />
      <TrendFigure over={texts.trend} trend={trend} />
    </Figures>
  );
}

function errorsOf({ pillars }: LiveState): PillarViews["errors"] {
  return pillars?.errors ?? null;
}

function seriesOf({ series }: LiveState): LiveState["series"] {
  return series;
}
