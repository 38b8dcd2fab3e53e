import { type Aggregate, mergeAggregates } from "../histogram/aggregate.ts";
import { CorruptBytesError } from "../histogram/byte-reader.ts";
import { WHOLE_TARGET } from "../names.ts";
import { bySeriesName, seriesKey, type SeriesName } from "./series-name.ts";
import { SeriesTotals } from "./series-totals.ts";
import { decodeSlotList, encodeSlotList, type SlotList, sumSlots } from "./slot-list.ts";
import { DAY_MS } from "./slot-time.ts";
import type { TenantStore } from "./tenant-store.ts";

/** What a series gained and no checkpoint has stored yet. */
export interface UnstoredGain {
  readonly name: SeriesName;
  readonly gain: Aggregate;
}

/**
 * The running totals of a tenant's series, which only grow, whatever restarts. They cost no row of
 * their own: a total is the days that are stored, and those that were folded together when they
 * left storage. In memory they are from when somebody first asks for them.
 */
export class TenantTotals {
  readonly #store: TenantStore;
  /** Since when each series counts, of all that ever were. */
  readonly #createdAt = new Map<string, number>();
  #unstored: { readonly target: string; readonly operation: string; createdAt: number }[] = [];
  #series: Map<string, SeriesTotals> | undefined;

  constructor(store: TenantStore) {
    this.#store = store;
    for (const total of store.loadTotals()) this.#createdAt.set(seriesKey(total), total.createdAt);
  }

  /** Adds what a slot of a series gained. Whole targets have no total: it is that of their operations. */
  add(name: SeriesName, slotStart: number, gain: Aggregate, nowMs: number): void {
    if (name.operation === WHOLE_TARGET) return;
    if (!this.#createdAt.has(seriesKey(name))) {
      // A slot may begin ahead of the clock, and nothing counts since a time that is to come.
      const createdAt = Math.min(slotStart, nowMs);
      this.#createdAt.set(seriesKey(name), createdAt);
      this.#unstored.push({ ...name, createdAt });
    }
    if (this.#series !== undefined) this.#total(this.#series, name).add(gain);
  }

  /**
   * Stores since when new series count. To be called before they are shown: after a crash they must
   * count since the same time, as another one says that they began anew.
   */
  store(): void {
    if (this.#unstored.length === 0) return;
    this.#store.addTotals(this.#unstored);
    this.#unstored = [];
  }

  /**
   * Every total, by name.
   * @param unstored what was added and is in no stored day yet.
   */
  all(unstored: () => Iterable<UnstoredGain>): readonly SeriesTotals[] {
    this.#series ??= this.#load(unstored());
    return [...this.#series.values()].toSorted((one, other) => bySeriesName(one.name, other.name));
  }

  /** Lets go of the days that began before a time and are in D1; the totals keep them. */
  forgetDays(before: number): void {
    this.#store.forget(DAY_MS, before, foldDay);
  }

  #load(unstored: Iterable<UnstoredGain>): Map<string, SeriesTotals> {
    const series = new Map<string, SeriesTotals>();
    for (const { target, operation, folded } of this.#store.loadTotals()) {
      const total = this.#total(series, { target, operation });
      if (folded !== undefined) total.add(sumSlots(readDays(folded)));
    }
    for (const { target, operation, body } of this.#store.eachSlot(DAY_MS)) {
      if (operation === WHOLE_TARGET) continue;
      this.#total(series, { target, operation }).add(sumSlots(readDays(body)));
    }
    for (const { name, gain } of unstored) {
      if (name.operation !== WHOLE_TARGET) this.#total(series, name).add(gain);
    }
    return series;
  }

  #total(series: Map<string, SeriesTotals>, name: SeriesName): SeriesTotals {
    const key = seriesKey(name);
    let total = series.get(key);
    if (total === undefined) {
      const { target, operation } = name;
      total = new SeriesTotals({ target, operation }, this.#createdAt.get(key) ?? 0);
      series.set(key, total);
    }
    return total;
  }
}

/** Both together, as one day of no particular time. */
function foldDay(folded: Uint8Array | undefined, day: Uint8Array): Uint8Array {
  const gained = sumSlots(readDays(day));
  const before = folded === undefined ? undefined : sumSlots(readDays(folded));
  const sum = before === undefined ? gained : mergeAggregates(before, gained);
  return encodeSlotList(new Map([[0, sum]]));
}

/** One day that cannot be read must not keep all others from being counted. */
function readDays(body: Uint8Array): SlotList {
  try {
    return decodeSlotList(body);
  } catch (cause) {
    if (!(cause instanceof CorruptBytesError)) throw cause;
    console.error("a stored day cannot be read; running totals go on without it", cause);
    return new Map();
  }
}
