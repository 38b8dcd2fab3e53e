import { UNITS_PER_PERMIT } from "./token-bucket.ts";

/** How long after its time a place is kept. */
const GRACE_MS = 60_000;

/** A place further away than this is not given: so far ahead the time would be a guess. */
export const MAX_LINE_MS = 43_200_000;

/** Places of one second share an entry; far away, where the time is a guess anyway, of one minute. */
const NEAR_STEP_MS = 1_000;
const FAR_STEP_MS = 60_000;
const FAR_MS = 3_600_000;

const PLACE_PATTERN = /^(\d{1,15})-(\d{1,16})$/;

interface Place {
  readonly atMs: number;
  readonly units: number;
}

/**
 * Who waits for permits that are not there yet, and until when. It keeps sums, not names: a place
 * says itself when its time is and what it is worth, and whoever brings one that the sums do not
 * hold is a newcomer. So it is bounded by the time that it covers, however many wait.
 */
export class WaitingLine {
  /** Units waited for, by the time at which their entry is due. */
  readonly #due = new Map<number, number>();
  #total = 0;
  #lookedAt = -Infinity;

  /** Units that are waited for in all. */
  get total(): number {
    return this.#total;
  }

  /** Units whose time has come, or comes until `atMs`. */
  dueBy(atMs: number): number {
    let units = 0;
    for (const [at, waiting] of this.#due) if (at <= atMs) units += waiting;
    return units;
  }

  /** @returns the place, or null if that is too far away, or the sums would be no longer exact. */
  join(units: number, atMs: number, nowMs: number): string | null {
    if (atMs - nowMs > MAX_LINE_MS || units <= 0) return null;
    if (this.#total + units > Number.MAX_SAFE_INTEGER) return null;
    const key = entryAt(atMs, nowMs);
    this.#due.set(key, (this.#due.get(key) ?? 0) + units);
    this.#total += units;
    return `${key}-${units}`;
  }

  /**
   * How much may be taken before newcomers by who brings these places: what they are worth to those
   * who share a permit, and one permit at least, so that a batch that lost some of its own goes on.
   */
  turnUnits(texts: readonly string[], sharedBy: number, nowMs: number): number {
    const worth = this.#worthOf(texts, nowMs);
    return worth === 0 ? 0 : Math.max(UNITS_PER_PERMIT, worth * sharedBy);
  }

  /** Units of those places that the line holds and whose time has come. */
  #worthOf(texts: readonly string[], nowMs: number): number {
    let units = 0;
    for (const text of new Set(texts)) {
      const place = parsePlace(text);
      if (place === undefined || place.atMs > nowMs || !this.#holds(place)) continue;
      units += place.units;
    }
    return units;
  }

  /** When the place's time is, or undefined if the line does not hold it. */
  timeOf(text: string): number | undefined {
    const place = parsePlace(text);
    return place !== undefined && this.#holds(place) ? place.atMs : undefined;
  }

  /** Gives a place up. @returns whether it was held. */
  leave(text: string): boolean {
    const place = parsePlace(text);
    if (place === undefined || !this.#holds(place)) return false;
    this.#take(place.atMs, place.units);
    return true;
  }

  /** Forgets the places whose time is long over. @returns the units that they held. */
  lapse(nowMs: number): number {
    if (this.#due.size === 0 || Math.abs(nowMs - this.#lookedAt) < NEAR_STEP_MS) return 0;
    this.#lookedAt = nowMs;
    let lapsed = 0;
    for (const [at, units] of this.#due) {
      // A clock that was set back would keep places, and newcomers out, for as long.
      if (at > nowMs - GRACE_MS && at - nowMs <= MAX_LINE_MS + FAR_STEP_MS) continue;
      lapsed += units;
      this.#take(at, units);
    }
    return lapsed;
  }

  clear(): void {
    this.#due.clear();
    this.#total = 0;
  }

  entries(): Iterable<readonly [atMs: number, units: number]> {
    return this.#due;
  }

  restore(atMs: number, units: number): void {
    this.#due.set(atMs, (this.#due.get(atMs) ?? 0) + units);
    this.#total += units;
  }

  #holds({ atMs, units }: Place): boolean {
    return units > 0 && (this.#due.get(atMs) ?? 0) >= units;
  }

  #take(atMs: number, units: number): void {
    const rest = (this.#due.get(atMs) ?? 0) - units;
    if (rest > 0) this.#due.set(atMs, rest);
    else this.#due.delete(atMs);
    this.#total -= units;
  }
}

/** Rounded up, so that nobody comes before the permit does. */
function entryAt(atMs: number, nowMs: number): number {
  const stepMs = atMs - nowMs > FAR_MS ? FAR_STEP_MS : NEAR_STEP_MS;
  return Math.ceil(atMs / stepMs) * stepMs;
}

function parsePlace(text: string): Place | undefined {
  const [, at, units] = PLACE_PATTERN.exec(text) ?? [];
  if (at === undefined || units === undefined) return undefined;
  return { atMs: Number(at), units: Number(units) };
}
