import { ByteWriter } from "../../histogram/byte-writer.ts";
import { type Delta, type DeltaEntry, writeDelta } from "../../merge/delta.ts";
import { entryKey, type SortedTarget } from "../../otlp/point-sorter.ts";
import { requestDigest } from "../../otlp/stream-digest.ts";
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

/** An intake, and how many points each entry of its delta or each of its totals stands for. */
export interface PointIntake {
  readonly intake: TargetIntake;
  readonly points: readonly number[];
}

interface IntakeOptions {
  /** What the whole request is known by when it comes again. */
  readonly digest: string;
  /** Which of the target's shards keeps a stream. */
  readonly shardOf: (target: string, stream: string) => number;
}

/**
 * What is handed to the shards: in as many reports as their limits ask for. Deltas are known by the
 * request, so that each slot counts once when it is sent again. Totals need nothing of that kind, for
 * they add nothing when they come again; those of one stream always go to the same shard.
 *
 * Deltas come first: what was refused of the request is booked with the first report, and not with
 * one that is known.
 */
export function pointIntakes(
  targets: ReadonlyMap<string, SortedTarget>,
  options: IntakeOptions,
): readonly PointIntake[] {
  const ofTargets = [...targets].map(([target, sorted]) => {
    const deltas = deltaIntakes(target, sorted, options.digest);
    const totals = totalIntakes(target, sorted, options.shardOf);
    const exemplars = sorted.exemplars.take();
    const carrier = deltas[0] ?? totals[0];
    const withExemplars = (part: PointIntake): PointIntake =>
      part === carrier && exemplars.length > 0
        ? { ...part, intake: { ...part.intake, exemplars } }
        : part;
    return { deltas: deltas.map(withExemplars), totals: totals.map(withExemplars) };
  });
  return [
    ...ofTargets.flatMap(({ deltas }) => deltas),
    ...ofTargets.flatMap(({ totals }) => totals),
  ];
}

/**
 * The slots of a delta are cut each by itself, as which of them are there depends on the time: the
 * same part of the same slot must be known by the same name when the request comes again.
 */
function deltaIntakes(target: string, sorted: SortedTarget, digest: string): PointIntake[] {
  const bySlot = Map.groupBy(sorted.delta.finish(), ({ slotStart }) => slotStart);
  const parts: DeltaEntry[][][] = [];
  for (const ofSlot of bySlot.values()) {
    for (const [number, part] of inParts(ofSlot, bytesOf, DELTA_LIMITS).entries()) {
      (parts[number] ??= []).push(part);
    }
  }
  return parts.flatMap((ofSlots, number) => {
    const request = requestDigest(digest, number);
    const weightOf = (part: Delta): number => part.reduce((sum, one) => sum + bytesOf(one), 0);
    return inParts(ofSlots, weightOf, DELTA_LIMITS).map((slots) => {
      const delta = slots.flat();
      const points = delta.map((entry) => sorted.points.get(entryKey(entry)) ?? 0);
      return { intake: deltaIntake(target, request, delta), points };
    });
  });
}

function deltaIntake(target: string, request: string, delta: Delta): TargetIntake {
  const writer = new ByteWriter(4096);
  writeDelta(writer, delta);
  const timings = delta.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
  return {
    target,
    reporter: undefined,
    sequence: undefined,
    key: request,
    content: { kind: "histograms", delta: writer.finish(), timings, request },
    givenUp: 0,
  };
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
        points: part.map(() => 1),
      }),
    ),
  );
}

const DELTA_LIMITS = { entries: Infinity, weight: MAX_DELTA_BYTES };

function bytesOf({ aggregate }: DeltaEntry): number {
  return aggregate.counts.length + ENTRY_BYTES;
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
