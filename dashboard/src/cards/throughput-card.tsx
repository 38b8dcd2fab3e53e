import { useMemo } from "preact/hooks";
import { useKindTotals } from "../history/kind-totals.tsx";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useStretchText } from "../i18n/stretch-text.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Figure, Figures } from "../parts/figure.tsx";
import { TrendFigure } from "../parts/trend-figure.tsx";
import { useLive } from "../session.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import type { PillarViews } from "../../../src/stream/stream-frame.ts";
import { useView } from "../view.ts";
import { EventTable } from "./throughput/event-table.tsx";
import { eventSteps } from "./throughput/event-steps.ts";
import { ThroughputChart } from "./throughput/throughput-chart.tsx";

const TEXTS = messages(
  {
    title: "Throughput",
    perSecond: "per second",
    perMinute: "last minute",
    perHour: "last hour",
    mean6h: "mean of 6 h",
    mean24h: "mean of 24 h",
    aMinute: "a minute",
    trend: "6 h against 24 h",
    inRange: (stretch: string) => `events, ${stretch}`,
    worker: (count: string) => `Now: calls of workers (${count})`,
    platform: (count: string) => `Now: calls of platforms (${count}), as no worker reports`,
    all: (count: string) => `Now: timings of all targets but probes (${count})`,
    unknown:
      "No grade yet: it holds the last 6 hours against the last 24, so it needs a day of traffic.",
    none: "No events within the last day.",
  },
  {
    title: "Vazão",
    perSecond: "por segundo",
    perMinute: "último minuto",
    perHour: "última hora",
    mean6h: "média de 6 h",
    mean24h: "média de 24 h",
    aMinute: "por minuto",
    trend: "6 h contra 24 h",
    inRange: (stretch: string) => `eventos, ${stretch}`,
    worker: (count: string) => `Agora: chamadas dos workers (${count})`,
    platform: (count: string) =>
      `Agora: chamadas das plataformas (${count}), pois nenhum worker reporta`,
    all: (count: string) => `Agora: medições de todos os alvos, menos sondas (${count})`,
    unknown:
      "Ainda sem classificação: ela compara as últimas 6 horas com as últimas 24, então precisa de um dia de tráfego.",
    none: "Nenhum evento no último dia.",
  },
);

/** How much there is to do, and whether that is more or less than usual. */
export function ThroughputCard() {
  const texts = useMessages(TEXTS);
  const pillar = useLive(throughputOf);
  return (
    <Card
      id="throughput"
      title={texts.title}
      badge={
        pillar !== null && (
          <span data-field="grade">
            <Badge text={pillar.grade} color={pillar.color === "gray" ? "none" : pillar.color} />
          </span>
        )
      }
    >
      {pillar === null ? <p class="hint">{texts.none}</p> : <ThroughputFigures pillar={pillar} />}
      <ThroughputChart pillar={pillar} />
      {pillar !== null && <EventTable events={pillar.events} />}
    </Card>
  );
}

function ThroughputFigures({
  pillar,
}: {
  readonly pillar: NonNullable<PillarViews["throughput"]>;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { perSecond, perMinute, perHour, mean6hPerMinute, mean24hPerMinute, trend } = pillar;
  const { events, targetCount, grade } = pillar;
  return (
    <>
      <h3 class="group">{texts[events](format.count(targetCount))}</h3>
      <Figures>
        <Figure label={texts.perSecond} field="perSecond" text={format.rate(perSecond)} />
        <Figure label={texts.perMinute} field="perMinute" text={format.count(perMinute)} />
        <Figure label={texts.perHour} field="perHour" text={format.count(perHour)} />
        <Figure
          label={texts.mean6h}
          field="mean6hPerMinute"
          text={format.rate(mean6hPerMinute)}
          unit={texts.aMinute}
        />
        <Figure
          label={texts.mean24h}
          field="mean24hPerMinute"
          text={format.rate(mean24hPerMinute)}
          unit={texts.aMinute}
        />
        <TrendFigure over={texts.trend} trend={trend} />
      </Figures>
      {grade === "UNKNOWN" && <p class="hint">{texts.unknown}</p>}
      <RangeFigure events={events} />
    </>
  );
}

/** How many events there were in the range that is chosen; nothing while that is what is live. */
function RangeFigure({
  events,
}: {
  readonly events: NonNullable<PillarViews["throughput"]>["events"];
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { range } = useView();
  const { answer } = useKindTotals();
  const count = useMemo(() => {
    if (answer === undefined) return null;
    const steps = eventSteps(answer.points, answer.range, events);
    return Math.round(steps.reduce((sum, step) => sum + step.count, 0));
  }, [answer, events]);
  if (range === "live") return null;
  return (
    <p class="range-figure">
      {texts.inRange(stretchText(range))}: <strong>{format.count(count)}</strong>
    </p>
  );
}

function throughputOf({ pillars }: LiveState): PillarViews["throughput"] {
  return pillars?.throughput ?? null;
}
