import { ByteReader } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "./slot-time.ts";

/** What a target did in one minute, or in several. */
export interface MinuteSum {
  readonly count: number;
  /** Errors and timeouts. */
  readonly failed: number;
  /** Permits that were granted and denied. */
  readonly granted: number;
  readonly denied: number;
  /** Minutes with at least one timing. */
  readonly activeMinutes: number;
}

/** The counts of all targets in one minute, as they are stored. */
export interface StoredMinute {
  /** Start of the minute, epoch milliseconds. */
  readonly at: number;
  readonly body: Uint8Array;
}

/** When a target's first timing was merged, epoch milliseconds. */
export interface FirstSeen {
  readonly target: string;
  readonly at: number;
}

/** How long minutes are kept: a day, and an hour for the edges of it and for late timings. */
export const MINUTES_KEPT_MS = DAY_MS + HOUR_MS;

const RING_MINUTES = MINUTES_KEPT_MS / MINUTE_MS;

/** Fields of a minute in the ring. */
const [COUNT, FAILED, GRANTED, DENIED, FIELDS] = [0, 1, 2, 3, 4];

/** After the fields of a sum: the minutes in it that have a timing. */
const ACTIVE = FIELDS;

/** Most lengths of windows whose sums are kept. */
const MAX_KEPT_SUMS = 16;

/** A window's sum without the current minute, as of some minute; what comes late is added to it. */
interface ClosedSum {
  readonly sums: Float64Array;
  /** Start of its first minute. */
  readonly from: number;
  /** Start of the minute after its last. */
  readonly end: number;
}

/** The counts of one target by the minute: a ring that the time walks through. */
class TargetMinutes {
  readonly #ring = new Float64Array(RING_MINUTES * FIELDS);
  /** Start of the newest minute in the ring. */
  #newest: number;
  /** By the length of their windows. */
  readonly #closed = new Map<number, ClosedSum>();
  #lastCountAt: number | null = null;

  constructor(nowMinute: number) {
    this.#newest = nowMinute;
  }

  /** @returns whether the minute is in the ring; what is older is not kept. */
  add(minute: number, field: number, gain: number, nowMinute: number): boolean {
    this.advance(nowMinute);
    if (minute > this.#newest) this.advance(minute);
    if (minute < this.#oldest) return false;
    if (gain === 0) return true;
    const index = indexOf(minute) + field;
    const before = this.#ring[index] ?? 0;
    this.#ring[index] = before + gain;
    const wakes = field === COUNT && before === 0 ? 1 : 0;
    for (const { sums, from, end } of this.#closed.values()) {
      if (minute < from || minute >= end) continue;
      sums[field] = (sums[field] ?? 0) + gain;
      sums[ACTIVE] = (sums[ACTIVE] ?? 0) + wakes;
    }
    if (field === COUNT && minute > (this.#lastCountAt ?? -Infinity)) this.#lastCountAt = minute;
    return true;
  }

  /** Empties the minutes that the time has come to. A clock that went back waits for itself. */
  advance(nowMinute: number): void {
    if (nowMinute <= this.#newest) return;
    const first = Math.max(this.#newest + MINUTE_MS, nowMinute - MINUTES_KEPT_MS + MINUTE_MS);
    for (let minute = first; minute <= nowMinute; minute += MINUTE_MS) {
      this.#ring.fill(0, indexOf(minute), indexOf(minute) + FIELDS);
    }
    this.#newest = nowMinute;
  }

  sum(windowMs: number, nowMinute: number): Float64Array {
    this.advance(nowMinute);
    const closed = this.#closedUpTo(nowMinute, windowMs);
    const current = this.#sumOf(nowMinute, nowMinute + MINUTE_MS);
    return closed.map((value, field) => value + (current[field] ?? 0));
  }

  /** Timings of the newest `windowMs` of minutes before the current one. */
  endedCount(windowMs: number, nowMinute: number): number {
    this.advance(nowMinute);
    return this.#closedUpTo(nowMinute, windowMs + MINUTE_MS)[COUNT] ?? 0;
  }

  /** The minutes of a window before `end`: those of the last time, moved on, if they are known. */
  #closedUpTo(end: number, windowMs: number): Float64Array {
    const from = Math.max(end + MINUTE_MS - windowMs, this.#oldest);
    const known = this.#closed.get(windowMs);
    if (known?.end === end) return known.sums;
    const isNear = known !== undefined && known.from >= this.#oldest && known.end <= end;
    // Counts are whole numbers, so that adding and taking away leaves nothing behind.
    const sums =
      isNear && end - known.end < windowMs ? this.#moved(known, from, end) : this.#sumOf(from, end);
    if (this.#closed.size >= MAX_KEPT_SUMS) this.#closed.clear();
    this.#closed.set(windowMs, { sums, from, end });
    return sums;
  }

  #moved(known: ClosedSum, from: number, end: number): Float64Array {
    const left = this.#sumOf(known.from, from);
    const entered = this.#sumOf(known.end, end);
    return known.sums.map((value, field) => value + (entered[field] ?? 0) - (left[field] ?? 0));
  }

  /** Start of the newest minute at or before `nowMinute` with a timing, or null. */
  lastCountAt(nowMinute: number): number | null {
    const at = this.#lastCountAt;
    if (at === null || at <= nowMinute) return at;
    // Timings may lie some seconds ahead of the clock: the minute before now is looked for.
    for (let minute = nowMinute; minute >= this.#oldest; minute -= MINUTE_MS) {
      if ((this.#ring[indexOf(minute) + COUNT] ?? 0) > 0) return minute;
    }
    return nowMinute;
  }

  read(minute: number): Float64Array {
    return this.#sumOf(minute, minute + MINUTE_MS).subarray(0, FIELDS);
  }

  get #oldest(): number {
    return this.#newest - MINUTES_KEPT_MS + MINUTE_MS;
  }

  /** Of the minutes in the ring: the place of one outside belongs to another one. */
  #sumOf(from: number, to: number): Float64Array {
    const sums = new Float64Array(FIELDS + 1);
    const end = Math.min(to, this.#newest + MINUTE_MS);
    for (let minute = Math.max(from, this.#oldest); minute < end; minute += MINUTE_MS) {
      const index = indexOf(minute);
      for (let field = 0; field < FIELDS; field++) {
        sums[field] = (sums[field] ?? 0) + (this.#ring[index + field] ?? 0);
      }
      if ((this.#ring[index + COUNT] ?? 0) > 0) sums[ACTIVE] = (sums[ACTIVE] ?? 0) + 1;
    }
    return sums;
  }
}

/**
 * How many timings, failures and permits every target had in each minute of the last day: what the
 * windows of an hour cannot tell. Stored with each checkpoint, so that it is exactly what is merged.
 */
export class MinuteCounts {
  readonly #targets = new Map<string, TargetMinutes>();
  readonly #firstSeen = new Map<string, number>();
  readonly #dirty = new Set<number>();
  readonly #newTargets = new Set<string>();
  readonly #tallies = new Map<string, { readonly granted: number; readonly denied: number }>();
  #nowMinute: number;
  /** Start of the newest minute in which a permit was asked for, whosever. */
  #lastPermitsMinute = -Infinity;

  /** @throws CorruptBytesError if a stored minute cannot be read. */
  constructor(minutes: Iterable<StoredMinute>, firstSeen: Iterable<FirstSeen>, nowMs: number) {
    this.#nowMinute = startOf(nowMs, MINUTE_MS);
    for (const { target, at } of firstSeen) this.#firstSeen.set(target, at);
    for (const { at, body } of minutes) this.#restore(at, new ByteReader(body));
  }

  advance(nowMs: number): void {
    this.#nowMinute = startOf(nowMs, MINUTE_MS);
  }

  /** Counts what a minute of a target gained. */
  add(target: string, at: number, gain: { readonly count: number; readonly failed: number }): void {
    const minute = startOf(at, MINUTE_MS);
    const minutes = this.#minutesOf(target);
    const isKept = minutes.add(minute, COUNT, gain.count, this.#nowMinute);
    minutes.add(minute, FAILED, gain.failed, this.#nowMinute);
    if (isKept) this.#dirty.add(minute);
    if (this.#firstSeen.has(target) || gain.count === 0) return;
    this.#firstSeen.set(target, at);
    this.#newTargets.add(target);
  }

  /**
   * Takes note of a bucket's running totals; what they grew by since the last time happened in this
   * minute. Totals that went back belong to a bucket that began anew.
   */
  noteTally(target: string, totals: { readonly granted: number; readonly denied: number }): void {
    const before = this.#tallies.get(target);
    this.#tallies.set(target, { granted: totals.granted, denied: totals.denied });
    if (before === undefined) return;
    const granted = totals.granted - before.granted;
    const denied = totals.denied - before.denied;
    if (granted < 0 || denied < 0 || granted + denied === 0) return;
    this.#lastPermitsMinute = Math.max(this.#lastPermitsMinute, this.#nowMinute);
    const minutes = this.#minutesOf(target);
    minutes.add(this.#nowMinute, GRANTED, granted, this.#nowMinute);
    minutes.add(this.#nowMinute, DENIED, denied, this.#nowMinute);
    this.#dirty.add(this.#nowMinute);
  }

  /** Every target with a minute, or a bucket that is used. */
  get targets(): Iterable<string> {
    return this.#targets.keys();
  }

  /** The sum of the newest `windowMs` in whole minutes, the current one among them. */
  sum(target: string, windowMs: number): MinuteSum {
    const sums = this.#targets.get(target)?.sum(windowMs, this.#nowMinute);
    const [count = 0, failed = 0, granted = 0, denied = 0, activeMinutes = 0] = sums ?? [];
    return { count, failed, granted, denied, activeMinutes };
  }

  /** Timings a minute over the last 24 h; null as long as the target is not known for so long. */
  dailyMeanPerMinute(target: string): number | null {
    const firstAt = this.#firstSeen.get(target);
    if (firstAt === undefined || firstAt > this.#nowMinute + MINUTE_MS - DAY_MS) return null;
    return this.sum(target, DAY_MS).count / (DAY_MS / MINUTE_MS);
  }

  /**
   * Timings a minute of several targets together over the newest `windowMs` of minutes that have
   * ended, at most a day; null as long as none of the targets is known for so long. Other than
   * {@link dailyMeanPerMinute} it leaves out the current minute, of which only a part is over.
   */
  meanPerMinute(targets: readonly string[], windowMs: number): number | null {
    const from = this.#nowMinute - windowMs;
    if (!targets.some((target) => (this.#firstSeen.get(target) ?? Infinity) <= from)) return null;
    let count = 0;
    for (const target of targets) {
      count += this.#targets.get(target)?.endedCount(windowMs, this.#nowMinute) ?? 0;
    }
    return count / (windowMs / MINUTE_MS);
  }

  /**
   * When the newest minute with a timing ended, at most `nowMs`; null if there was none in the last
   * day.
   */
  lastTimingAt(target: string, nowMs: number): number | null {
    const minute = this.#targets.get(target)?.lastCountAt(this.#nowMinute) ?? null;
    if (minute === null || minute <= this.#nowMinute - MINUTES_KEPT_MS) return null;
    return Math.min(minute + MINUTE_MS, nowMs);
  }

  /**
   * When the newest minute ended in which any target had a timing or was asked for a permit, at most
   * `nowMs`; null if there was none in the last day.
   */
  lastActivityAt(nowMs: number): number | null {
    let latest = Math.min(this.#lastPermitsMinute + MINUTE_MS, nowMs);
    for (const target of this.targets) {
      latest = Math.max(latest, this.lastTimingAt(target, nowMs) ?? -Infinity);
    }
    return latest <= this.#nowMinute - MINUTES_KEPT_MS ? null : latest;
  }

  /** What has to be stored: the minutes that changed, whole, and the targets that are new. */
  dirty(): { readonly minutes: readonly StoredMinute[]; readonly firstSeen: readonly FirstSeen[] } {
    const firstSeen = [...this.#newTargets].map((target) => ({
      target,
      at: this.#firstSeen.get(target) ?? 0,
    }));
    return { minutes: [...this.#dirty].map((at) => ({ at, body: this.#encode(at) })), firstSeen };
  }

  /** Call when all that {@link dirty} gave is stored. */
  markStored(): void {
    this.#dirty.clear();
    this.#newTargets.clear();
  }

  #minutesOf(target: string): TargetMinutes {
    let minutes = this.#targets.get(target);
    if (minutes === undefined) {
      minutes = new TargetMinutes(this.#nowMinute);
      this.#targets.set(target, minutes);
    }
    return minutes;
  }

  #encode(minute: number): Uint8Array {
    const rows = [...this.#targets]
      .map(([target, minutes]) => ({ target, fields: minutes.read(minute) }))
      .filter(({ fields }) => fields.some((value) => value !== 0));
    const writer = new ByteWriter(256);
    writer.varint(rows.length);
    for (const { target, fields } of rows) {
      writer.text(target);
      for (const value of fields) writer.varint(value);
    }
    return writer.finish();
  }

  #restore(minute: number, reader: ByteReader): void {
    for (let rest = reader.varint(); rest > 0; rest--) {
      const minutes = this.#minutesOf(reader.text());
      for (let field = 0; field < FIELDS; field++) {
        const gain = reader.varint();
        minutes.add(minute, field, gain, this.#nowMinute);
        const isOfPermits = field === GRANTED || field === DENIED;
        if (isOfPermits && gain > 0) {
          this.#lastPermitsMinute = Math.max(this.#lastPermitsMinute, minute);
        }
      }
    }
  }
}

function indexOf(minute: number): number {
  return ((minute / MINUTE_MS) % RING_MINUTES) * FIELDS;
}
