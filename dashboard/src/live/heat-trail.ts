import type { ClassCounts } from "./latency-classes.ts";

/** How latencies were distributed over a stretch of time, epoch milliseconds. */
export interface HeatColumn {
  readonly from: number;
  readonly to: number;
  readonly counts: ClassCounts;
}

/** How long columns are kept, and how many there are. */
interface HeatTrailOptions {
  /** How far back it reaches. */
  readonly spanMs: number;
  /** Least time between two columns that are live. */
  readonly everyMs: number;
  /** How much time a column stands for, where none is before it. */
  readonly widthMs: number;
}

interface KeptColumn {
  readonly to: number;
  readonly counts: ClassCounts;
  readonly isLive: boolean;
}

/**
 * The columns of a live heat map, in order of time, none over another. There are never more than
 * the span has room for.
 */
export class HeatTrail {
  readonly #options: HeatTrailOptions;
  #kept: readonly KeptColumn[] = [];
  #columns: readonly HeatColumn[] = [];

  constructor(options: HeatTrailOptions) {
    this.#options = options;
  }

  /** The same list until it changes. */
  get columns(): readonly HeatColumn[] {
    return this.#columns;
  }

  /** Takes in what `count` counts at this time, unless the column before is too fresh. */
  takeLive(at: number, count: () => ClassCounts): void {
    const { spanMs, everyMs } = this.#options;
    // Where the clock went back, what lies ahead of it goes.
    const before = this.#kept.filter(({ to }) => to <= at);
    const newest = before.at(-1)?.to ?? -Infinity;
    if (at - newest < everyMs) this.#keep(before);
    else {
      const kept = before.filter(({ to }) => to > at - spanMs);
      this.#keep([...kept, { to: at, counts: count(), isLive: true }]);
    }
  }

  /** Takes in what history counted up to some times; where columns are live, those stay. */
  takePast(past: readonly Omit<KeptColumn, "isLive">[]): void {
    const nearMs = 2 * this.#options.everyMs;
    const added = past.filter(
      ({ to }) =>
        !this.#kept.some((column) => column.isLive && column.to > to - nearMs && column.to <= to),
    );
    const ends = new Set(added.map(({ to }) => to));
    const kept = this.#kept.filter(({ to, isLive }) => isLive || !ends.has(to));
    const all = [...kept, ...added.map((column) => ({ ...column, isLive: false }))];
    this.#keep(all.toSorted((left, right) => left.to - right.to));
  }

  #keep(kept: readonly KeptColumn[]): void {
    if (kept.length === this.#kept.length && kept.every((one, at) => one === this.#kept[at]))
      return;
    this.#kept = kept;
    this.#columns = kept.map(({ to, counts }, index) => {
      const before = kept[index - 1]?.to ?? -Infinity;
      return { from: Math.max(before, to - this.#options.widthMs), to, counts };
    });
  }
}
