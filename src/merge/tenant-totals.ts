import { type Aggregate, mergeAggregates } from "../histogram/aggregate.ts";
import { CorruptBytesError } from "../histogram/byte-reader.ts";
import { WHOLE_TARGET } from "../names.ts";
import { bySeriesName, seriesKey, type SeriesName } from "./series-name.ts";
import { SeriesTotals } from "./series-totals.ts";
import { decodeSlotList, encodeSlotList, type SlotList, sumSlots } from "./slot-list.ts";
import { DAY_MS } from "./slot-time.ts";
import type { TenantStore } from "./tenant-store.ts";

/** Most days that are folded at once: each costs some tenths of a millisecond, in a tick. */
const FOLDS_A_CALL = 200;

/** What a series gained and no checkpoint has stored yet. */
export interface UnstoredGain {
  readonly name: SeriesName;
  readonly gain: Aggregate;
}

/**
 * The running totals of a tenant's series, which only grow, whatever restarts. A checkpoint writes
 * nothing for them: a total is the days that are stored anyway, and those that were folded together
 * when they left storage, in a row for each series. In memory they are from when somebody first asks
 * for them.
 */
export class TenantTotals {
  readonly #store: TenantStore;
  /** Since when each series counts, of all that ever were. */
  readonly #createdAt = new Map<string, number>();
  #unstored: { readonly target: string; readonly operation: string; createdAt: number }[] = [];
  #series: Map<string, SeriesTotals> | undefined;
  /** Those that gained something since the last {@link rest}. */
  readonly #busy = new Set<SeriesTotals>();

  constructor(store: TenantStore) {
    this.#store = store;
    for (const series of store.loadSeriesSince()) {
      this.#createdAt.set(seriesKey(series), series.createdAt);
    }
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
    if (this.#series === undefined) return;
    const total = this.#total(this.#series, name);
    total.add(gain);
    this.#busy.add(total);
  }

  /** Keeps in little room what gained nothing since the last call. */
  rest(): void {
    for (const total of this.#series?.values() ?? []) if (!this.#busy.has(total)) total.pack();
    this.#busy.clear();
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

  /**
   * Lets go of days that began before a time and are in D1; the totals keep them. Of some at once:
   * for the others it is to be called again.
   */
  forgetDays(before: number): void {
    this.#store.foldDays(before, foldDay, FOLDS_A_CALL);
  }

  #load(unstored: Iterable<UnstoredGain>): Map<string, SeriesTotals> {
    const series = new Map<string, SeriesTotals>();
    for (const { target, operation, folded } of this.#store.loadTotals()) {
      const total = this.#total(series, { target, operation });
      if (folded !== undefined) total.add(sumSlots(readDays(folded) ?? new Map()));
    }
    for (const { target, operation, body } of this.#store.eachSlot(DAY_MS)) {
      if (operation === WHOLE_TARGET) continue;
      this.#total(series, { target, operation }).add(sumSlots(readDays(body) ?? new Map()));
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

/** Both together, as one day of no particular time. What cannot be read is kept as it is. */
function foldDay(folded: Uint8Array | undefined, day: Uint8Array): Uint8Array | undefined {
  const gained = readDays(day);
  const before = folded === undefined ? new Map<number, Aggregate>() : readDays(folded);
  if (gained === undefined || before === undefined) return undefined;
  return encodeSlotList(new Map([[0, mergeAggregates(sumSlots(before), sumSlots(gained))]]));
}

/** Undefined for what cannot be read: one damaged day must not keep all others from being counted. */
function readDays(body: Uint8Array): SlotList | undefined {
  try {
    return decodeSlotList(body);
  } catch (cause) {
    if (!(cause instanceof CorruptBytesError)) throw cause;
    console.error("a stored day cannot be read; running totals go on without it", cause);
    return undefined;
  }
}
