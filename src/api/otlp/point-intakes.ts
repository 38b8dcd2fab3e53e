import { ByteWriter } from "../../histogram/byte-writer.ts";
import { type Delta, type DeltaEntry, writeDelta } from "../../merge/delta.ts";
import type { SortedTarget } from "../../otlp/point-sorter.ts";
import {
  MAX_REPORT_BUCKETS,
  MAX_REPORT_TOTALS,
  type RunningTotal,
} from "../../wire/running-total.ts";
import type { TargetIntake } from "../intake.ts";

/** Most bytes of the histograms of one report: they become part of one log row. */
const MAX_DELTA_BYTES = 1_000_000;

/** What an entry of a delta takes beside its counts, at most: its name, sums and measures. */
const ENTRY_BYTES = 512;

/** An intake, and how many points it stands for. */
export interface PointIntake {
  readonly intake: TargetIntake;
  readonly points: number;
}

export interface IntakeOptions {
  /** What the whole request is known by when it comes again: a name of at most 60 characters. */
  readonly reporter: string;
  /** Which of the target's shards keeps a stream. */
  readonly shardOf: (target: string, stream: string) => number;
}

/**
 * What is handed to the shards: in as many reports as their limits ask for. Deltas have the request
 * as their reporter, so that it counts once when it is sent again. Totals need none, for they add
 * nothing when they come again; those of one stream always go to the same shard.
 */
export function pointIntakes(
  targets: ReadonlyMap<string, SortedTarget>,
  options: IntakeOptions,
): readonly PointIntake[] {
  return [...targets].flatMap(([target, sorted]) => {
    const intakes = [
      ...deltaIntakes(target, sorted, options.reporter),
      ...totalIntakes(target, sorted, options.shardOf),
    ];
    const [first, ...others] = intakes;
    const exemplars = sorted.exemplars.take();
    if (first === undefined || exemplars.length === 0) return intakes;
    return [{ ...first, intake: { ...first.intake, exemplars } }, ...others];
  });
}

function deltaIntakes(target: string, sorted: SortedTarget, reporter: string): PointIntake[] {
  return deltaParts(sorted.delta.finish()).map((part, number) => {
    const writer = new ByteWriter(4096);
    writeDelta(writer, part);
    const timings = part.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
    const intake: TargetIntake = {
      target,
      // Each part is known by itself: sequences of one reporter would have to come in order.
      reporter: number === 0 ? reporter : `${reporter}-${number}`,
      sequence: 1,
      content: { kind: "histograms", delta: writer.finish(), timings },
      givenUp: 0,
    };
    // Which points are in which part is not known any more. A shard refuses all or none.
    return { intake, points: number === 0 ? sorted.deltaPoints : 0 };
  });
}

function deltaParts(delta: Delta): readonly Delta[] {
  return inParts(delta, ({ aggregate }: DeltaEntry) => aggregate.counts.length + ENTRY_BYTES, {
    entries: Infinity,
    weight: MAX_DELTA_BYTES,
  });
}

function totalIntakes(
  target: string,
  { totals }: SortedTarget,
  shardOf: IntakeOptions["shardOf"],
): PointIntake[] {
  const byShard = Map.groupBy(totals, ({ stream }) => shardOf(target, stream));
  return [...byShard.values()].flatMap((ofShard) =>
    inParts(ofShard, bucketsOf, { entries: MAX_REPORT_TOTALS, weight: MAX_REPORT_BUCKETS }).map(
      (part) => ({
        intake: {
          target,
          reporter: undefined,
          sequence: undefined,
          key: part[0]?.stream,
          content: { kind: "cumulative" as const, totals: part },
          givenUp: 0,
        },
        points: part.length,
      }),
    ),
  );
}

function bucketsOf({ value }: RunningTotal): number {
  return value.kind === "histogram" ? value.histogram.buckets.counts.length : 0;
}

/** Consecutive parts of a list, each of so many entries and so much weight at most. */
function inParts<Entry>(
  list: readonly Entry[],
  weightOf: (entry: Entry) => number,
  most: { readonly entries: number; readonly weight: number },
): Entry[][] {
  const parts: Entry[][] = [];
  let part: Entry[] = [];
  let weight = 0;
  for (const entry of list) {
    const added = weightOf(entry);
    if (part.length > 0 && (part.length >= most.entries || weight + added > most.weight)) {
      parts.push(part);
      part = [];
      weight = 0;
    }
    part.push(entry);
    weight += added;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
