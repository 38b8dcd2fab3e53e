import type { SeriesMemory } from "./series-memory.ts";

/** What a tick costs, by what it is made of: milliseconds of CPU. */
export interface TickCosts {
  /** New timings of an operation of a shard between two ticks, at which it was measured. */
  readonly timingsPerEntry: number;
  /** The coordinator's part: for each shard, for each operation that one tells of, for each series. */
  readonly shardMs: number;
  readonly entryMs: number;
  readonly seriesMs: number;
  /** A shard's part: for itself, and for each operation that it tells of. */
  readonly collectMs: number;
  readonly collectEntryMs: number;
}

/** What the model takes from measurements: milliseconds of CPU, bytes of memory. */
export interface Costs {
  /** A group of reports, each report of it, each timing of those. */
  readonly groupMs: number;
  readonly reportMs: number;
  readonly timingMs: number;
  /** By how much came in between two ticks, ascending. */
  readonly ticks: readonly TickCosts[];
  /** By how busy a series is, ascending. */
  readonly memory: readonly SeriesMemory[];
}

/**
 * The costs of a tick with so many new timings an entry: on a line over the logarithm of it between
 * the nearest two measured ones. Beyond the last they stay: every bucket is there by then.
 */
export function tickCostsAt(ticks: readonly TickCosts[], timingsPerEntry: number): TickCosts {
  const at = (of: (costs: TickCosts) => number): number =>
    interpolate(
      ticks.map((costs) => [costs.timingsPerEntry, of(costs)]),
      timingsPerEntry,
    );
  return {
    timingsPerEntry,
    shardMs: at(({ shardMs }) => shardMs),
    entryMs: at(({ entryMs }) => entryMs),
    seriesMs: at(({ seriesMs }) => seriesMs),
    collectMs: at(({ collectMs }) => collectMs),
    collectEntryMs: at(({ collectEntryMs }) => collectEntryMs),
  };
}

/** Bytes of the coordinator for one series with so many timings a second, when it is most. */
export function seriesBytesAt(memory: readonly SeriesMemory[], perSecond: number): number {
  return interpolate(
    memory.map((one) => [one.perSecond, one.beforeCheckpoint]),
    perSecond,
  );
}

/** Points ascend; outside of them their ends count on. NaN without points. */
function interpolate(
  points: readonly (readonly [at: number, value: number])[],
  at: number,
): number {
  const next = points.findIndex(([x]) => x >= at);
  const [highAt, high] = points.at(next) ?? [Number.NaN, Number.NaN];
  const [lowAt, low] = points[Math.max(next - 1, 0)] ?? [highAt, high];
  if (next <= 0 || highAt === lowAt) return high;
  return low + ((high - low) * Math.log(at / lowAt)) / Math.log(highAt / lowAt);
}
