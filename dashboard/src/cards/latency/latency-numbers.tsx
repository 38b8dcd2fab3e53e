import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import type { WindowStats } from "../../../../src/stream/stream-frame.ts";

const TIMES = [
  ["p50Ms", "p50"],
  ["p90Ms", "p90"],
  ["p95Ms", "p95"],
  ["p99Ms", "p99"],
  ["p999Ms", "p99.9"],
  ["minMs", "min"],
  ["meanMs", "mean"],
  ["maxMs", "max"],
] as const;

const TEXTS = messages(
  {
    p999: "p99.9",
    min: "lowest",
    mean: "mean",
    max: "highest",
    count: "timings",
    exactness:
      "Percentiles are exact to one part in a thousand: they may lie so much above the highest.",
  },
  {
    p999: "p99,9",
    min: "menor",
    mean: "média",
    max: "maior",
    count: "medições",
    exactness:
      "Os percentis têm precisão de um milésimo: podem ficar até um milésimo acima do maior valor.",
  },
);

/** The numbers of a window, or of a whole range. */
export function LatencyNumbers({
  title,
  stats,
  isLive,
}: {
  readonly title: string;
  readonly stats: WindowStats | undefined;
  /** They are what `/v1/live` says, and are marked as such. */
  readonly isLive: boolean;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const labels: Readonly<Record<string, string>> = {
    "p99.9": texts.p999,
    min: texts.min,
    mean: texts.mean,
    max: texts.max,
  };
  const mark = (field: string) => (isLive ? { "data-field": field } : { "data-total": field });
  return (
    <div class="latency-numbers">
      <h3 title={texts.exactness}>{title}</h3>
      <dl>
        {TIMES.map(([field, label]) => (
          <div key={field}>
            <dt>{labels[label] ?? label}</dt>
            <dd>
              <span {...mark(field)}>{format.ms(stats?.[field])}</span> <small>ms</small>
            </dd>
          </div>
        ))}
        <div>
          <dt>{texts.count}</dt>
          <dd>
            <span {...mark("count")}>{format.count(stats?.count)}</span>
          </dd>
        </div>
      </dl>
    </div>
  );
}
