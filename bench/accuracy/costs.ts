import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { cpuMs } from "../lib/cpu-ms.ts";
import { interleaved, type Variant } from "../lib/interleaved.ts";
import { recordedParts } from "./judge.ts";
import type { AnySystem } from "./percentile-system.ts";
import type { Sample } from "./sample.ts";

/** CPU time by repetition. */
export interface Costs {
  /** To record one value, by the name of the system: nanoseconds. */
  readonly recordNs: Readonly<Record<string, readonly number[]>>;
  /** To merge all parts of the sample: milliseconds. */
  readonly mergeMs: Readonly<Record<string, readonly number[]>>;
  /** To record one value in our histogram, without a shard around it: nanoseconds. */
  readonly histogramNs: readonly number[];
}

const HISTOGRAM = "our histogram";
/** In each repetition: one alone may take less than a tenth of a millisecond. */
const MERGES = 5;

/** What recording and merging cost, in turn, after one round that is not counted. */
export async function measureCosts(
  systems: readonly AnySystem[],
  sample: Sample,
  rounds: number,
): Promise<Costs> {
  const record: Record<string, Variant> = { [HISTOGRAM]: () => histogramNs(sample.valuesUs) };
  const merge: Record<string, Variant> = {};
  for (const system of systems) {
    const { name, record: one, merge: all } = await system((kind) => variantsOf(kind, sample));
    record[name] = one;
    merge[name] = all;
  }
  const { [HISTOGRAM]: alone = [], ...recordNs } = await warm(record, rounds);
  return { recordNs, mergeMs: await warm(merge, rounds), histogramNs: alone };
}

async function variantsOf<Part, Series>(
  system: Parameters<typeof recordedParts<Part, Series>>[0],
  { valuesUs, parts }: Sample,
): Promise<{ readonly name: string; readonly record: Variant; readonly merge: Variant }> {
  const prepared = await recordedParts(system, parts);
  return {
    name: system.name,
    record: () => {
      const recorder = system.open();
      return nsEach(valuesUs, () => recorder.record(valuesUs));
    },
    merge: () => {
      const mergers = Array.from({ length: MERGES }, () => system.merger(prepared));
      return cpuMs(() => mergers.forEach((merge) => merge())) / MERGES;
    },
  };
}

function histogramNs(valuesUs: Int32Array): number {
  const builder = new AggregateBuilder();
  return nsEach(valuesUs, () => {
    for (const value of valuesUs) builder.record(value, 0);
  });
}

function nsEach(values: Int32Array, work: () => void): number {
  return (cpuMs(work) * 1_000_000) / values.length;
}

async function warm(
  variants: Readonly<Record<string, Variant>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const figures = await interleaved(variants, rounds + 1);
  return Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, all.slice(1)]));
}
