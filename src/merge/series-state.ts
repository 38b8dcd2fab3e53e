import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../histogram/aggregate.ts";
import { RollingWindow } from "../histogram/rolling-window.ts";
import { sumSlots } from "./slot-list.ts";
import { HOUR_MS, MINUTE_MS, SLOT_MS, startOf } from "./slot-time.ts";

/** The rolling windows that every series has. */
export const WINDOW_NAMES = ["1m", "5m", "1h"] as const;

export type WindowName = (typeof WINDOW_NAMES)[number];

/**
 * How long a minute stays in memory after it began: the longest window of live slots (5 min), the
 * minute itself, and a minute in which a checkpoint stores it.
 */
const RESIDENT_MS = 7 * MINUTE_MS;

interface ResidentMinute {
  readonly slots: Map<number, Aggregate>;
  isDirty: boolean;
}

/** Reads a stored minute of this series, or undefined if there is none. */
export type MinuteReader = (minuteStart: number) => Map<number, Aggregate> | undefined;

/** The live state of one series: its newest slots and the windows over them. */
export class SeriesState {
  readonly windows: Readonly<Record<WindowName, RollingWindow>> = {
    "1m": new RollingWindow(MINUTE_MS, SLOT_MS),
    "5m": new RollingWindow(5 * MINUTE_MS, SLOT_MS),
    "1h": new RollingWindow(HOUR_MS, MINUTE_MS),
  };
  readonly #minutes = new Map<number, ResidentMinute>();
  readonly #readMinute: MinuteReader;

  constructor(readMinute: MinuteReader) {
    this.#readMinute = readMinute;
  }

  /** Grows whenever a window of this series changed. */
  get version(): number {
    return this.windows["1m"].version + this.windows["5m"].version + this.windows["1h"].version;
  }

  /**
   * Whether nothing is left of it at `nowMs`, in memory or in any window. As long as the windows are
   * not moved there, a stored minute may have to enter them yet.
   */
  isIdle(nowMs: number): boolean {
    const hour = this.windows["1h"];
    return this.#minutes.size === 0 && hour.isEmpty && hour.isAt(nowMs);
  }

  /**
   * Reads what {@link merge} will need of a minute, which cannot fail in storage after that.
   * @throws whatever reading it throws; then nothing has changed.
   */
  readBeforeMerge(minuteStart: number): void {
    this.#residentMinute(minuteStart);
  }

  /** Adds what a slot gained. */
  merge(slotStart: number, gain: Aggregate): void {
    const minuteStart = startOf(slotStart, MINUTE_MS);
    const minute = this.#residentMinute(minuteStart);
    const before = minute.slots.get(slotStart) ?? EMPTY_AGGREGATE;
    minute.slots.set(slotStart, mergeAggregates(before, gain));
    minute.isDirty = true;
    this.windows["1m"].add(slotStart, gain);
    this.windows["5m"].add(slotStart, gain);
    this.windows["1h"].add(minuteStart, gain);
  }

  /** Moves the windows to `nowMs`. */
  advance(nowMs: number): void {
    const slot = (start: number): Aggregate | undefined => this.#slot(start);
    this.windows["1m"].advance(nowMs, slot);
    this.windows["5m"].advance(nowMs, slot);
    this.windows["1h"].advance(nowMs, (start) => this.#minuteSum(start));
  }

  /**
   * Reads what is stored of the minute to come, for timings that are ahead of the clock: until then
   * no window reads it, and a series of which nothing else is left would be taken for idle.
   */
  readAhead(nowMs: number): void {
    this.#slot(startOf(nowMs, MINUTE_MS) + MINUTE_MS);
  }

  /** The minutes that changed since they were last marked clean, with their slots. */
  *dirtyMinutes(): Iterable<readonly [minuteStart: number, slots: ReadonlyMap<number, Aggregate>]> {
    for (const [minuteStart, { slots, isDirty }] of this.#minutes) {
      if (isDirty) yield [minuteStart, slots];
    }
  }

  /** Call when every dirty minute is stored: marks them clean and lets go of the old ones. */
  markStored(nowMs: number): void {
    for (const [minuteStart, minute] of this.#minutes) {
      minute.isDirty = false;
      if (minuteStart < nowMs - RESIDENT_MS) this.#minutes.delete(minuteStart);
    }
  }

  #residentMinute(minuteStart: number): ResidentMinute {
    let minute = this.#minutes.get(minuteStart);
    if (minute === undefined) {
      minute = { slots: this.#readMinute(minuteStart) ?? new Map(), isDirty: false };
      this.#minutes.set(minuteStart, minute);
    }
    return minute;
  }

  /** Recent minutes are read slot by slot, so a stored one is kept once it was read. */
  #slot(slotStart: number): Aggregate | undefined {
    const minuteStart = startOf(slotStart, MINUTE_MS);
    const resident = this.#minutes.get(minuteStart);
    if (resident !== undefined) return resident.slots.get(slotStart);
    const stored = this.#readMinute(minuteStart);
    if (stored === undefined) return undefined;
    this.#minutes.set(minuteStart, { slots: stored, isDirty: false });
    return stored.get(slotStart);
  }

  #minuteSum(minuteStart: number): Aggregate | undefined {
    const slots = this.#slotsOf(minuteStart);
    return slots === undefined || slots.size === 0 ? undefined : sumSlots(slots);
  }

  #slotsOf(minuteStart: number): ReadonlyMap<number, Aggregate> | undefined {
    return this.#minutes.get(minuteStart)?.slots ?? this.#readMinute(minuteStart);
  }
}
