import { useMemo } from "preact/hooks";
import { MINUTE_MS } from "../../../../src/merge/slot-time.ts";
import type { PillarViews } from "../../../../src/stream/stream-frame.ts";
import type { Api } from "../../api.ts";
import { askTotals } from "../../history/ask-totals.ts";
import { foldTotals, type StepRange, type TotalsStep } from "../../history/fold-totals.ts";
import { HistoryFault } from "../../history/history-fault.tsx";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";
import { useKindTotals } from "../../history/kind-totals.tsx";
import { LineChart, liveLine, missingLine } from "../../history/line-chart.tsx";
import { pastMinutes } from "../../history/past-minutes.ts";
import { begunSteps, errorRates } from "../../history/total-lines.ts";
import { useLiveLine } from "../../history/use-live-line.ts";
import { useTotals } from "../../history/use-totals.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import { ofPillars } from "../../live/live-line.ts";
import type { Stretch, TrailPoint } from "../../live/live-trail.ts";
import { useSession } from "../../session.ts";
import { useView } from "../../view.ts";
import { errorSteps } from "./error-lines.ts";
import { targetErrorRate } from "./target-error-rate.ts";

const TEXTS = messages(
  {
    all: "all targets",
    title: (who: string, stretch: string) => `Error rate of ${who}, ${stretch}`,
    rate: "error rate",
  },
  {
    all: "todos os alvos",
    title: (who: string, stretch: string) => `Taxa de erro de ${who}, ${stretch}`,
    rate: "taxa de erro",
  },
);

/** The error rate over time: of one target, or of all together if it is null. */
export function ErrorChart({ target }: { readonly target: string | null }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretchText = useStretchText();
  const { api } = useSession();
  const { range } = useView();
  const live = useLiveLine(target ?? "", {
    ...(target === null ? ofPillars(rateOf) : targetErrorRate(target)),
    readPast: (stretch, signal) => pastRates({ api, target, stretch, signal }),
  });
  const kinds = useKindTotals();
  const ofTarget = useTotals(
    target === null ? null : { step: "range", by: "target", targets: [target] },
  );
  const { answer, fault, reload } = target === null ? kinds : ofTarget;
  const past = useMemo(() => {
    if (answer === undefined) return missingLine(fault);
    const steps = begunSteps(stepsOf(target, answer.points, answer.range), answer.askedAt);
    return { at: steps.map(({ at }) => at), values: errorRates(steps), range: answer.range };
  }, [answer, fault, target]);
  const isLive = range === "live";
  return (
    <>
      <LineChart
        title={texts.title(target ?? texts.all, stretchText(range))}
        label={texts.rate}
        field="rate"
        color="red"
        data={isLive ? liveLine(live) : past}
        formatValue={(value) => format.percent(value)}
      />
      <HistoryFault fault={isLive ? live.fault : fault} {...(isLive ? {} : { onAgain: reload })} />
    </>
  );
}

function rateOf({ errors }: PillarViews): number | null {
  return errors?.rate ?? null;
}

/** Who asks for one target has only its points, whatever its kind. */
function stepsOf(
  target: string | null,
  points: readonly TotalsPoint[],
  range: StepRange,
): TotalsStep[] {
  return target === null ? errorSteps(points, range) : foldTotals(points, range);
}

async function pastRates({
  api,
  target,
  stretch: { from, to },
  signal,
}: {
  readonly api: Api;
  readonly target: string | null;
  readonly stretch: Stretch;
  readonly signal: AbortSignal;
}): Promise<TrailPoint[]> {
  const who =
    target === null ? { by: "kind" as const } : { by: "target" as const, targets: [target] };
  const { points } = await askTotals(api, { from, to, step: "1m", ...who, signal });
  const steps = stepsOf(target, points, { from, to, stepMs: MINUTE_MS });
  return pastMinutes(steps, errorRates(steps), MINUTE_MS);
}
