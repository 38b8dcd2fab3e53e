import type { Rule } from "../../src/alerts/rule.ts";
import { callsGained, duration, eitherHistogram, matching } from "./promql.ts";
import { MADE_BY, yamlText } from "./yaml-text.ts";

interface RecordingRule {
  /** Written above it. */
  readonly comment?: string;
  readonly record: string;
  readonly expr: string;
}

/** What is recorded of each; between them PromQL's `histogram_quantile` on the fly does. */
const QUANTILES = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;

const WINDOW = "5m";
const FAILED = { outcome: matching("error|timeout") };

/** The text of prometheus/recording-rules.yml. Windows and objectives are those of the rules. */
export function recordingRulesText(rules: readonly Rule[]): string {
  return yamlText(
    [
      MADE_BY,
      "",
      "Recorded by target: summed over operations, with kind, job, instance and tenant kept. Names are",
      "level:metric:operations. The windows' own gauges (tachograph_window_*) are exact and need none",
      "of these; these are for other windows, for sums over targets, and for long ranges.",
    ],
    {
      groups: [
        { name: "tachograph-rates", interval: "30s", rules: [...RATES, ...durations()] },
        { name: "tachograph-budget", interval: "1m", rules: budgetRules(rules) },
      ],
    },
  );
}

const RATES: readonly RecordingRule[] = [
  {
    record: "target:tachograph_calls:rate5m",
    expr: perSecond(callsGained({}, WINDOW)),
  },
  {
    comment: "Errors and timeouts. A call that was refused for being made too often is no failure.",
    record: "target:tachograph_calls_failed:rate5m",
    expr: perSecond(callsGained(FAILED, WINDOW)),
  },
  {
    comment: "0 where nothing failed: every way to fail is exposed from a series' first call on.",
    record: "target:tachograph_error_ratio:rate5m",
    expr: errorRatio(WINDOW),
  },
  {
    record: "target:tachograph_rate_limited_ratio:rate5m",
    expr: `${callsGained({ outcome: "rate_limited" }, WINDOW)}\n  / ${callsGained({}, WINDOW)}`,
  },
  {
    record: "target:tachograph_hit_ratio:rate5m",
    expr:
      `${callsGained({ kind: "cache", outcome: "hit" }, WINDOW)}\n` +
      `  / ${callsGained({ kind: "cache", outcome: matching("hit|miss") }, WINDOW)}`,
  },
  {
    record: "target:tachograph_permits_denied_ratio:rate5m",
    expr:
      `rate(tachograph_permits_denied_total[${WINDOW}])\n` +
      `  / (rate(tachograph_permits_denied_total[${WINDOW}]) + rate(tachograph_permits_granted_total[${WINDOW}]))`,
  },
];

/** Of the native histogram where it is scraped, else of the classic one. */
function durations(): RecordingRule[] {
  const native = `sum without (operation) (rate(tachograph_call_duration_seconds[${WINDOW}]))`;
  const classic = (part: string): string =>
    `sum without (operation) (rate(tachograph_call_duration_seconds_${part}[${WINDOW}]))`;
  const quantiles = QUANTILES.map(([name, quantile], index) => ({
    ...(index === 0 && {
      comment:
        "Native histograms: within 0.27 % (schema 8). Classic ones: somewhere in their bucket.",
    }),
    record: `target:tachograph_call_duration_seconds:${name}_rate5m`,
    expr: eitherHistogram(
      `histogram_quantile(${quantile}, ${native})`,
      `histogram_quantile(${quantile}, ${classic("bucket")})`,
    ),
  }));
  const mean = {
    record: "target:tachograph_call_duration_seconds:mean_rate5m",
    expr: eitherHistogram(
      `histogram_sum(${native}) / histogram_count(${native})`,
      `${classic("sum")} / ${classic("count")}`,
    ),
  };
  return [...quantiles, mean];
}

/** The error ratio over each window of a rule that watches a budget, and the budget's burning. */
function budgetRules(rules: readonly Rule[]): RecordingRule[] {
  const budgets = rules.flatMap(({ measure }) =>
    measure.metric === "budgetBurn" ? [measure] : [],
  );
  const windows = new Map(
    budgets.flatMap(({ objective, shortWindowMs, longWindowMs }) => [
      [shortWindowMs, objective],
      [longWindowMs, objective],
    ]),
  );
  return [...windows]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([windowMs, objective]) => {
      const window = duration(windowMs);
      const ratio = `target:tachograph_error_ratio:rate${window}`;
      const allowed = Number((1 - objective).toPrecision(12));
      const burn = {
        comment: `How many times faster than ${objective} allows.`,
        record: `target:tachograph_error_budget_burn:rate${window}`,
        expr: `${ratio} / ${allowed}`,
      };
      return window === WINDOW ? [burn] : [{ record: ratio, expr: errorRatio(window) }, burn];
    });
}

function errorRatio(window: string): string {
  return `${callsGained(FAILED, window)}\n  / ${callsGained({}, window)}`;
}

/** What was gained in {@link WINDOW}, by the second. */
function perSecond(gained: string): string {
  return gained.replace("(increase(", "(rate(");
}
