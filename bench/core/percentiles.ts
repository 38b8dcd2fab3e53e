import { build } from "hdr-histogram-js";
import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../../src/histogram/aggregate.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { PagedCounts } from "../../src/histogram/paged-counts.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { DISTRIBUTIONS } from "../lib/distributions.ts";
import { figure } from "../lib/format.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99] as const;
const GOAL_ERROR = 0.001;
const PARTS = 64;

/** Percentiles against the sorted truth, and merges against one histogram of everything. */
export function measurePercentiles({ quick, progress }: BenchContext): BenchRow[] {
  const count = quick ? 100_000 : 1_000_000;
  const errors = new Map<string, number>();
  const peerErrors: number[] = [];
  const unequal: string[] = [];
  for (const [name, sample] of Object.entries(DISTRIBUTIONS)) {
    progress(`percentiles: ${name}`);
    const random = seededRandom(name.length);
    const valuesUs = Int32Array.from({ length: count }, () => Math.round(sample(random)));
    const whole = aggregateOf(valuesUs);
    const truth = truePercentiles(valuesUs);
    errors.set(name, worstError(ourPercentiles(whole), truth));
    peerErrors.push(worstError(peerPercentiles(valuesUs), truth));
    if (!isSame(mergedInParts(valuesUs, random), whole)) unequal.push(name);
  }
  const worst = Math.max(...errors.values());
  return [errorRow(errors, worst, Math.max(...peerErrors), count), mergeRow(unequal, count)];
}

function aggregateOf(valuesUs: Iterable<number>): Aggregate {
  const builder = new AggregateBuilder();
  for (const value of valuesUs) builder.record(value, 0);
  return builder.finish();
}

function truePercentiles(valuesUs: Int32Array): number[] {
  const sorted = valuesUs.toSorted();
  // In hundredths of a percent, so that the rank is a quotient of whole numbers and exact.
  const rankOf = (p: number): number => Math.ceil((Math.round(p * 100) * sorted.length) / 10_000);
  return PERCENTILES.map((p) => sorted[rankOf(p) - 1] ?? Number.NaN);
}

function ourPercentiles({ counts }: Aggregate): number[] {
  const paged = new PagedCounts();
  paged.addAll(counts);
  return paged.valuesAtPercentiles(PERCENTILES);
}

function peerPercentiles(valuesUs: Int32Array): number[] {
  const histogram = build({
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (const value of valuesUs) histogram.recordValue(value);
  return PERCENTILES.map((p) => histogram.getValueAtPercentile(p));
}

function worstError(values: readonly number[], truth: readonly number[]): number {
  return Math.max(...truth.map((exact, i) => Math.abs((values[i] ?? Number.NaN) - exact) / exact));
}

/** Deals the values out at random and merges the parts two by two, in a random order. */
function mergedInParts(valuesUs: Int32Array, random: () => number): Aggregate {
  const builders = Array.from({ length: PARTS }, () => new AggregateBuilder());
  for (const value of valuesUs) builders[Math.floor(random() * PARTS)]?.record(value, 0);
  const parts = builders.map((builder) => builder.finish());
  while (parts.length > 1) {
    const take = (): Aggregate =>
      parts.splice(Math.floor(random() * parts.length), 1)[0] ?? EMPTY_AGGREGATE;
    parts.push(mergeAggregates(take(), take()));
  }
  return parts[0] ?? EMPTY_AGGREGATE;
}

/** The sparse form is canonical: equal bytes are equal buckets. */
function isSame(left: Aggregate, right: Aggregate): boolean {
  const isSameBytes = Buffer.compare(left.counts, right.counts) === 0;
  return isSameBytes && left.count === right.count && left.sumUs === right.sumUs;
}

function errorRow(
  errors: ReadonlyMap<string, number>,
  worst: number,
  peer: number,
  count: number,
): BenchRow {
  const percent = (error: number): string => `${figure(error * 100)} %`;
  return {
    what: "p50–p99.99 of six distributions against the sorted truth: worst relative error",
    goal: "≤ 0.1 %",
    measured: percent(worst),
    verdict: verdictOf(worst <= GOAL_ERROR),
    spread: `${count.toLocaleString("en-US")} values each`,
    note:
      [...errors].map(([name, error]) => `${name} ${percent(error)}`).join(", ") +
      `; hdr-histogram-js ${percent(peer)}`,
    data: { worst, peer },
  };
}

function mergeRow(unequal: readonly string[], count: number): BenchRow {
  const total = Object.keys(DISTRIBUTIONS).length;
  return {
    what: `Merge of ${PARTS} random parts in random order, bucket by bucket against one histogram`,
    goal: "equal",
    measured: `${total - unequal.length} of ${total} equal`,
    verdict: verdictOf(unequal.length === 0),
    spread: `${count.toLocaleString("en-US")} values each`,
    note: unequal.length === 0 ? "counts, sums and every bucket" : `not: ${unequal.join(", ")}`,
    data: { unequal: unequal.length },
  };
}
