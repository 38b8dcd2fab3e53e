import { useMemo } from "preact/hooks";
import { MINUTE_MS } from "../../../../src/merge/slot-time.ts";
import type { CachePillar } from "../../../../src/pillars/pillar-views.ts";
import type { Api } from "../../api.ts";
import { askTotals } from "../../history/ask-totals.ts";
import { HistoryFault } from "../../history/history-fault.tsx";
import { LineChart, liveLine, missingLine } from "../../history/line-chart.tsx";
import { pastMinutes } from "../../history/past-minutes.ts";
import { begunSteps, hitRates } from "../../history/total-lines.ts";
import { useLiveLine } from "../../history/use-live-line.ts";
import { useTotals } from "../../history/use-totals.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import { ofPillars } from "../../live/live-line.ts";
import type { Stretch, TrailPoint } from "../../live/live-trail.ts";
import { useSession } from "../../session.ts";
import type { PillarViews } from "../../../../src/stream/stream-frame.ts";
import { useView } from "../../view.ts";
import { countedCaches } from "./counted-caches.ts";
import { lookupSteps } from "./lookup-steps.ts";

/** A tick's hit rate is of so many minutes: so is that of each minute of history beside it. */
const WINDOW_MINUTES = 5;

const TEXTS = messages(
  { title: (stretch: string) => `Hit rate, ${stretch}`, rate: "hit rate" },
  { title: (stretch: string) => `Taxa de acerto, ${stretch}`, rate: "taxa de acerto" },
);

/** The hit rate over time. */
export function CacheChart({ pillar }: { readonly pillar: CachePillar | null }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { api } = useSession();
  const { range } = useView();
  const targets = countedCaches(pillar);
  const live = useLiveLine(targets?.join(",") ?? "", {
    ...ofPillars(hitRateOf),
    readPast: (stretch, signal) => pastRates({ api, targets, stretch, signal }),
  });
  const choice = { step: "range", by: "kind", ...(targets && { targets }) } as const;
  const { answer, fault, reload } = useTotals(choice);
  const past = useMemo(() => {
    if (answer === undefined) return missingLine(fault);
    const steps = begunSteps(lookupSteps(answer.points, answer.range), answer.askedAt);
    return { at: steps.map(({ at }) => at), values: hitRates(steps), range: answer.range };
  }, [answer, fault]);
  const isLive = range === "live";
  return (
    <>
      <LineChart
        title={texts.title(stretchText(range))}
        label={texts.rate}
        field="hitRate"
        color="3"
        data={isLive ? liveLine(live) : past}
        formatValue={(value) => format.percent(value)}
      />
      <HistoryFault fault={isLive ? live.fault : fault} {...(isLive ? {} : { onAgain: reload })} />
    </>
  );
}

/** Null where the pillar falls back on the hour: nothing was looked up. */
function hitRateOf({ cache }: PillarViews): number | null {
  return cache?.window === "5m" ? cache.hitRate : null;
}

async function pastRates({
  api,
  targets,
  stretch,
  signal,
}: {
  readonly api: Api;
  readonly targets: readonly string[] | undefined;
  readonly stretch: Stretch;
  readonly signal: AbortSignal;
}): Promise<TrailPoint[]> {
  const { to } = stretch;
  const from = stretch.from - (WINDOW_MINUTES - 1) * MINUTE_MS;
  const { points } = await askTotals(api, { from, to, step: "1m", by: "kind", targets, signal });
  const steps = lookupSteps(points, { from, to, stepMs: MINUTE_MS });
  const rates = hitRates(steps, WINDOW_MINUTES);
  return pastMinutes(steps, rates, MINUTE_MS).slice(WINDOW_MINUTES - 1);
}
