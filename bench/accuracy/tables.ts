import type { BenchTable } from "../lib/bench-table.ts";
import { figure } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import type { Costs } from "./costs.ts";
import type { Judgement } from "./judge.ts";
import { PARTS, PERCENTILES } from "./sample.ts";

/** All that was found out about one system. */
export interface SystemResult {
  readonly name: string;
  readonly bound: string;
  readonly isRule: boolean;
  /** By distribution. */
  readonly judgements: ReadonlyMap<string, Judgement>;
  /** Of a series of a few values. */
  readonly smallBytes: number;
}

/** How many values were behind the figures. */
export interface Counts {
  /** Of each distribution. */
  readonly each: number;
  /** In the series of a few. */
  readonly few: number;
  /** In each repetition of the times. */
  readonly timed: number;
}

const NOTES = [
  "Truth: all values sorted, the ⌈p/100 · n⌉-th. All systems get the same values, whole microseconds " +
    "from a seed, and the same deal of them among the processes.",
  "Tachograph: columns to `ShardState.commit` over SQL, `collect`, `TenantState.merge` of the answers; " +
    "percentiles of the one-minute window, bytes of the base64 in D1. It shows the highest value of a " +
    "bucket, which may lie up to 0.1 % above the exact maximum and never below. It tells durations of 1 µs " +
    "to 600 s apart in whole microseconds and refuses longer ones; the others but hdr-histogram-js have no " +
    "such range and take fractions.",
  "Bytes: HdrHistogram V2 compressed, base64 (Tachograph, hdr-histogram-js); `toProto()` (DDSketch); one " +
    "data point of OTLP without attributes; centroids as JSON (tdigest); lines of text with the name " +
    "`call_duration_seconds` and no labels (prom-client, vmrange). Only the first are compressed: the " +
    "others would shrink on a wire that is.",
  "OpenTelemetry: percentiles as Prometheus 3 makes them of such buckets, lower · (upper / lower)^fraction " +
    "(promql/quantile.go); merged at the coarsest scale that one of the histograms has.",
  "vmrange: by its rule, 18 buckets for each power of ten and linear interpolation, which gives what " +
    "VictoriaMetrics 1.79.5 answers for `histogram_quantile` over `histogram_over_time`. No times: the " +
    "software is Go.",
  "prom-client: added up by its `AggregatorRegistry`, percentiles by the rule of `histogram_quantile`. Its " +
    "Summary is a tdigest in each process and cannot be merged.",
  "tdigest: default compression. It reads between the centres of neighbouring centroids, so that it errs " +
    "by the way between them where one value repeats (constant with spikes) and where values are few " +
    "(p99.99). It shuffles with `Math.random`, which has a seed here.",
];

/** Everybody's figures side by side. */
export function systemsTable(
  results: readonly SystemResult[],
  costs: Costs,
  { each, few, timed }: Counts,
): BenchTable {
  const rows = results.map((result) => {
    const all = [...result.judgements.values()];
    const same = all.filter(({ isSame }) => isSame).length;
    const time = (figures: readonly number[] = []): string =>
      result.isRule ? "–" : figure(median(figures));
    return [
      result.name,
      result.bound,
      percent(Math.max(...all.map(({ single }) => single))),
      percent(Math.max(...all.map(({ merged }) => merged))),
      same === all.length ? "yes" : `${same} of ${all.length}`,
      bytesOf(all),
      figure(result.smallBytes),
      time(costs.recordNs[result.name]),
      time(costs.mergeMs[result.name]),
    ];
  });
  const alone = figure(median(costs.histogramNs));
  const times =
    `Times: CPU time in Node, medians of ${costs.histogramNs.length} in turn, of ${figure(timed)} values. ` +
    "Tachograph's hold checks, slots and log rows, and to merge, decoding, three windows, totals and the " +
    `target's own series; its histogram alone takes ${alone} ns a value.`;
  return {
    title: `p50–p99.99 of ${results[0]?.judgements.size ?? 0} distributions, ${figure(each)} values each`,
    columns: [
      "System",
      "Promises",
      "Worst error, one process",
      `Worst error, ${PARTS} merged`,
      "Merged = one",
      "Bytes a series",
      `Bytes at ${figure(few)} values`,
      "ns a value",
      `ms to merge ${PARTS}`,
    ],
    rows,
    notes: [...NOTES, times, betterNote(results, costs)],
    data: dataOf(results, costs),
  };
}

/** Who errs where: the worst of all percentiles, of one process. */
export function distributionsTable(results: readonly SystemResult[]): BenchTable {
  const distributions = [...(results[0]?.judgements.keys() ?? [])];
  return {
    title: `Worst relative error of ${PERCENTILES.map((p) => `p${p}`).join(", ")}, one process, by distribution`,
    columns: ["System", ...distributions],
    rows: results.map(({ name, judgements }) => [
      name,
      ...distributions.map((one) => percent(judgements.get(one)?.single ?? Number.NaN)),
    ]),
  };
}

/** Where somebody else has the smaller figure: nobody should have to look for it. */
function betterNote(results: readonly SystemResult[], { recordNs, mergeMs }: Costs): string {
  const bytes = ({ judgements }: SystemResult): number =>
    median([...judgements.values()].map((judgement) => judgement.bytes));
  const timed = results.filter(({ isRule }) => !isRule);
  const less = [
    `Fewer bytes than ours: ${belowFirst(results, bytes)}`,
    `less time a value: ${belowFirst(timed, ({ name }) => median(recordNs[name] ?? []))}`,
    `less time to merge: ${belowFirst(timed, ({ name }) => median(mergeMs[name] ?? []))}`,
  ];
  return `${less.join("; ")}.`;
}

function belowFirst(
  results: readonly SystemResult[],
  figureOf: (result: SystemResult) => number,
): string {
  const [first, ...others] = results;
  const bound = first === undefined ? Number.NaN : figureOf(first);
  const names = others.filter((other) => figureOf(other) < bound).map(({ name }) => name);
  if (names.length === 0) return "nobody";
  return names.length === others.length ? "all others" : names.join(", ");
}

/** A fraction as percent. */
export function percent(fraction: number): string {
  return `${figure(fraction * 100)} %`;
}

/** The middle of all distributions, with the smallest and the largest. */
function bytesOf(judgements: readonly Judgement[]): string {
  const bytes = judgements.map((judgement) => judgement.bytes);
  const range = `${figure(Math.min(...bytes))} – ${figure(Math.max(...bytes))}`;
  return `${figure(median(bytes))} (${range})`;
}

function dataOf(
  results: readonly SystemResult[],
  { recordNs, mergeMs, histogramNs }: Costs,
): Record<string, number | readonly number[]> {
  const data: Record<string, number | readonly number[]> = { "histogram alone: ns": histogramNs };
  for (const { name, isRule, judgements, smallBytes } of results) {
    const all = [...judgements.values()];
    data[`${name}: error of one, by distribution`] = all.map(({ single }) => single);
    data[`${name}: error of merged, by distribution`] = all.map(({ merged }) => merged);
    data[`${name}: merged is the same, by distribution`] = all.map(({ isSame }) => Number(isSame));
    data[`${name}: bytes, by distribution`] = all.map(({ bytes }) => bytes);
    data[`${name}: bytes of few values`] = smallBytes;
    if (isRule) continue;
    data[`${name}: ns a value`] = recordNs[name] ?? [];
    data[`${name}: ms to merge`] = mergeMs[name] ?? [];
  }
  return data;
}
