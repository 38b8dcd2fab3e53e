import { useMemo } from "preact/hooks";
import { MINUTE_MS } from "../../../../src/merge/slot-time.ts";
import type { Api } from "../../api.ts";
import type { ChartLevel } from "../../charts/time-chart.tsx";
import { askTotals } from "../../history/ask-totals.ts";
import { useKindTotals } from "../../history/kind-totals.tsx";
import { HistoryFault } from "../../history/history-fault.tsx";
import { LineChart, liveLine, missingLine } from "../../history/line-chart.tsx";
import { pastMinutes } from "../../history/past-minutes.ts";
import { begunSteps, eventRates } from "../../history/total-lines.ts";
import { useLiveLine } from "../../history/use-live-line.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import { ofPillars } from "../../live/live-line.ts";
import type { Stretch, TrailPoint } from "../../live/live-trail.ts";
import { useSession } from "../../session.ts";
import type { PillarViews } from "../../../../src/stream/stream-frame.ts";
import { useView } from "../../view.ts";
import { eventSteps } from "./event-steps.ts";

const TEXTS = messages(
  {
    title: (stretch: string) => `Events per second, ${stretch}`,
    rate: "events per second",
    mean6h: "mean of 6 h",
    mean24h: "mean of 24 h",
  },
  {
    title: (stretch: string) => `Eventos por segundo, ${stretch}`,
    rate: "eventos por segundo",
    mean6h: "média de 6 h",
    mean24h: "média de 24 h",
  },
);

/** Events per second over time, and what they usually are. */
export function ThroughputChart({ pillar }: { readonly pillar: PillarViews["throughput"] }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { api } = useSession();
  const { range } = useView();
  const events = pillar?.events ?? "all";
  const live = useLiveLine(events, {
    ...ofPillars(perSecondOf),
    readPast: (stretch, signal) => pastRates({ api, events, stretch, signal }),
  });
  const { answer, fault, reload } = useKindTotals();
  const past = useMemo(() => {
    if (answer === undefined) return missingLine(fault);
    const { range: asked, askedAt } = answer;
    const steps = begunSteps(eventSteps(answer.points, asked, events), askedAt);
    const values = eventRates(steps, asked.stepMs, askedAt);
    return { at: steps.map(({ at }) => at), values, range: asked };
  }, [answer, fault, events]);
  const isLive = range === "live";
  const mean6h = pillar?.mean6hPerMinute ?? null;
  const mean24h = pillar?.mean24hPerMinute ?? null;
  const levels = useMemo((): ChartLevel[] => {
    const level = (perMinute: number | null, label: string, color: "4" | "2"): ChartLevel[] =>
      perMinute === null ? [] : [{ value: perMinute / 60, label, color }];
    return [...level(mean6h, texts.mean6h, "4"), ...level(mean24h, texts.mean24h, "2")];
  }, [mean6h, mean24h, texts]);
  return (
    <>
      <LineChart
        title={texts.title(stretchText(range))}
        label={texts.rate}
        field="perSecond"
        color="1"
        data={isLive ? liveLine(live) : past}
        formatValue={(value) => format.rate(value)}
        levels={levels}
      />
      <HistoryFault fault={isLive ? live.fault : fault} {...(isLive ? {} : { onAgain: reload })} />
    </>
  );
}

function perSecondOf({ throughput }: PillarViews): number | null {
  return throughput?.perSecond ?? null;
}

async function pastRates({
  api,
  events,
  stretch: { from, to },
  signal,
}: {
  readonly api: Api;
  readonly events: NonNullable<PillarViews["throughput"]>["events"];
  readonly stretch: Stretch;
  readonly signal: AbortSignal;
}): Promise<TrailPoint[]> {
  const { points } = await askTotals(api, { from, to, step: "1m", by: "kind", signal });
  const steps = eventSteps(points, { from, to, stepMs: MINUTE_MS }, events);
  return pastMinutes(steps, eventRates(steps, MINUTE_MS, to), MINUTE_MS);
}
