import type { Exemplar } from "../exemplar.ts";
import { escapeHelp, escapeLabelValue } from "./escape-text.ts";
import { exemplarIn } from "./exemplar-in.ts";
import { formatBound, formatNumber } from "./format-number.ts";
import type { HistogramSample, Labels, MetricFamily, NumberSample } from "./metric-family.ts";

/** Where the two text formats differ. */
interface Dialect {
  readonly head: (family: MetricFamily) => string;
  readonly bound: (bound: number) => string;
  /** A line that says since when something counts; empty where the format has none. */
  readonly created: (name: string, labels: string, createdAt: number | undefined) => string;
  /** What stands behind the count of a bucket. */
  readonly exemplar: (exemplar: Exemplar | undefined) => string;
}

const PROMETHEUS: Dialect = {
  head: (family) => {
    const name = family.type === "counter" ? `${family.name}_total` : family.name;
    return `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${family.type}\n`;
  },
  bound: formatNumber,
  created: () => "",
  exemplar: () => "",
};

const OPEN_METRICS: Dialect = {
  head: ({ name, type, unit, help }) => {
    const unitLine = unit === undefined ? "" : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeLabelValue(help)}\n`;
  },
  bound: formatBound,
  created: (name, labels, createdAt) =>
    createdAt === undefined ? "" : `${name}_created${inBraces(labels)} ${createdAt / 1_000}\n`,
  exemplar: exemplarText,
};

/**
 * Prometheus' text format 0.0.4.
 * @returns the page in pieces, one for each sample: it is made as it is read.
 */
export function* prometheusText(families: Iterable<MetricFamily>): Generator<string> {
  for (const family of families) yield* familyText(family, PROMETHEUS);
}

/** OpenMetrics 1.0.0, in pieces as {@link prometheusText}. */
export function* openMetricsText(families: Iterable<MetricFamily>): Generator<string> {
  for (const family of families) yield* familyText(family, OPEN_METRICS);
  yield "# EOF\n";
}

/** A family without samples is left out: nothing is known of it. */
function* familyText(family: MetricFamily, dialect: Dialect): Generator<string> {
  let head = dialect.head(family);
  if (family.type === "histogram") {
    for (const sample of family.samples) {
      yield head + histogramText(family.name, sample, dialect);
      head = "";
    }
    return;
  }
  for (const sample of family.samples) {
    const text =
      family.type === "counter"
        ? counterText(family.name, sample, dialect)
        : `${family.name}${inBraces(labelsText(sample.labels))} ${formatNumber(sample.value)}\n`;
    yield head + text;
    head = "";
  }
}

function counterText(
  name: string,
  { labels, value, createdAt }: NumberSample,
  dialect: Dialect,
): string {
  const text = labelsText(labels);
  const created = dialect.created(name, text, createdAt);
  return `${name}_total${inBraces(text)} ${formatNumber(value)}\n${created}`;
}

function histogramText(name: string, sample: HistogramSample, dialect: Dialect): string {
  const labels = labelsText(sample.labels);
  const start = `${name}_bucket{${labels}${labels === "" ? "" : ","}le="`;
  let text = "";
  let from = -Infinity;
  for (const { le, cumulative } of sample.classic) {
    const exemplar = dialect.exemplar(exemplarIn(sample.exemplars, from, le));
    text += `${start}${dialect.bound(le)}"} ${cumulative}${exemplar}\n`;
    from = le;
  }
  const last = dialect.exemplar(exemplarIn(sample.exemplars, from, Infinity));
  text += `${start}+Inf"} ${sample.count}${last}\n`;
  text += `${name}_count${inBraces(labels)} ${sample.count}\n`;
  text += `${name}_sum${inBraces(labels)} ${formatNumber(sample.sum)}\n`;
  return text + dialect.created(name, labels, sample.createdAt);
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return "";
  const { traceId, spanId, durationUs, at } = exemplar;
  const span = spanId === undefined ? "" : `,span_id="${escapeLabelValue(spanId)}"`;
  const labels = `trace_id="${escapeLabelValue(traceId)}"${span}`;
  return ` # {${labels}} ${formatNumber(durationUs / 1e6)} ${formatNumber(at / 1_000)}`;
}

function labelsText(labels: Labels): string {
  let text = "";
  for (const [name, value] of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(value)}"`;
  }
  return text;
}

function inBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
