import type { MeasureTotal } from "../../histogram/measure-totals.ts";
import { coarsened } from "../../histogram/native-counts.ts";
import { inUnit, measureCode, type MeasureName } from "../../measures.ts";
import { CLASSIC_BOUNDS_US } from "../../merge/classic-bounds.ts";
import type { SeriesTotals } from "../../merge/series-totals.ts";
import { OUTCOMES } from "../../outcome.ts";
import { expectedOutcomes } from "../expected-outcomes.ts";
import type {
  HistogramSample,
  Labels,
  MetricFamily,
  NumberFamily,
  NumberSample,
} from "../metric-family.ts";
import type { MetricsSource } from "../metrics-source.ts";

const BOUNDS = CLASSIC_BOUNDS_US.map((us) => us / 1e6);

interface MeasureFamily extends Pick<NumberFamily, "name" | "help" | "type" | "unit"> {
  readonly measure: MeasureName;
  /** How many of the measure's own unit make one of the family's. */
  readonly divisor?: number;
}

const MS_PER_SECOND = 1_000;

const MEASURE_FAMILIES: readonly MeasureFamily[] = [
  {
    name: "tachograph_rows_read",
    help: "Rows that queries read.",
    type: "counter",
    measure: "rowsRead",
  },
  {
    name: "tachograph_rows_written",
    help: "Rows that queries wrote.",
    type: "counter",
    measure: "rowsWritten",
  },
  {
    name: "tachograph_sql_seconds",
    help: "How long databases themselves worked on queries.",
    type: "counter",
    unit: "seconds",
    measure: "sqlMs",
    divisor: MS_PER_SECOND,
  },
  {
    name: "tachograph_wait_seconds",
    help: "How long calls waited for their turn: queries for a database, messages in a queue.",
    type: "counter",
    unit: "seconds",
    measure: "waitMs",
    divisor: MS_PER_SECOND,
  },
  {
    name: "tachograph_slow_calls",
    help: "Calls that took longer than their caller's threshold.",
    type: "counter",
    measure: "slow",
  },
  {
    name: "tachograph_retries",
    help: "How often messages had been delivered before.",
    type: "counter",
    measure: "retries",
  },
  {
    name: "tachograph_size_bytes",
    help: "Size of a database as it was last told.",
    type: "gauge",
    unit: "bytes",
    measure: "sizeBytes",
  },
  {
    name: "tachograph_cache_keys",
    help: "Entries of a cache as they were last told.",
    type: "gauge",
    measure: "keys",
  },
  {
    name: "tachograph_probe_value",
    help: "What a probe last found, in whatever unit it counts.",
    type: "gauge",
    measure: "value",
  },
  {
    name: "tachograph_probe_failing",
    help: "1 if a probe last found what must not be, else 0.",
    type: "gauge",
    measure: "failing",
  },
];

/** The running totals of every operation: how long calls took, how they ended, what they brought along. */
export function* totalsFamilies(
  { totals, exemplars, kindOf }: Pick<MetricsSource, "totals" | "exemplars" | "kindOf">,
  schema: number,
): Generator<MetricFamily> {
  yield {
    name: "tachograph_call_duration_seconds",
    help: "How long calls took.",
    type: "histogram",
    unit: "seconds",
    samples: mapped(totals, (total) =>
      histogramSample(total, seriesLabels(total, kindOf), exemplars(total.name), schema),
    ),
  };
  yield {
    name: "tachograph_calls",
    help: "Calls by how they ended.",
    type: "counter",
    samples: callSamples(totals, kindOf),
  };
  for (const { measure, divisor = 1, ...head } of MEASURE_FAMILIES) {
    yield { ...head, samples: measureSamples(totals, { head, measure, divisor, kindOf }) };
  }
}

function* mapped<From, To>(all: Iterable<From>, map: (one: From) => To): Generator<To> {
  for (const one of all) yield map(one);
}

function seriesLabels({ name }: SeriesTotals, kindOf: MetricsSource["kindOf"]): Labels {
  const { target, operation } = name;
  return [
    ["target", target],
    ["kind", kindOf(target)],
    ["operation", operation],
  ];
}

function histogramSample(
  total: SeriesTotals,
  labels: Labels,
  exemplars: HistogramSample["exemplars"],
  schema: number,
): HistogramSample {
  let cumulative = 0;
  return {
    labels,
    count: total.count,
    sum: total.sumUs / 1e6,
    createdAt: total.createdAt,
    classic: BOUNDS.map((le, position) => {
      cumulative += total.classic[position] ?? 0;
      return { le, cumulative };
    }),
    native: coarsened(total.native, schema),
    exemplars,
  };
}

function* callSamples(
  totals: readonly SeriesTotals[],
  kindOf: MetricsSource["kindOf"],
): Generator<NumberSample> {
  for (const total of totals) {
    const labels = seriesLabels(total, kindOf);
    const expected = expectedOutcomes(kindOf(total.name.target));
    for (const [code, outcome] of OUTCOMES.entries()) {
      const value = total.outcomes[code] ?? 0;
      if (value === 0 && !expected.includes(outcome)) continue;
      yield { labels: [...labels, ["outcome", outcome]], value, createdAt: total.createdAt };
    }
  }
}

interface Measuring {
  readonly head: Pick<NumberFamily, "type">;
  readonly measure: MeasureName;
  readonly divisor: number;
  readonly kindOf: MetricsSource["kindOf"];
}

/** Of those series that brought the measure along. */
function* measureSamples(
  totals: readonly SeriesTotals[],
  { head, measure, divisor, kindOf }: Measuring,
): Generator<NumberSample> {
  const code = measureCode(measure);
  if (code === undefined) return;
  for (const total of totals) {
    const measured: MeasureTotal | undefined = total.measures?.get(code);
    if (measured === undefined) continue;
    const createdAt = head.type === "counter" ? total.createdAt : undefined;
    const value = inUnit(code, measured.parts) / divisor;
    yield { labels: seriesLabels(total, kindOf), value, createdAt };
  }
}
