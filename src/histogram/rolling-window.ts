import { OUTCOMES } from "../outcome.ts";
import { type Aggregate, isEmptyAggregate } from "./aggregate.ts";
import { type MeasureTotals, mergeMeasures, NO_MEASURES } from "./measure-totals.ts";
import { PagedCounts } from "./paged-counts.ts";

/** Gives all that a slot holds now, or undefined if it holds nothing. */
export type SlotReader = (slotStart: number) => Aggregate | undefined;

/**
 * The rolling sum of the newest slots: what enters is added, what leaves is subtracted, so moving
 * costs the slots that changed and not the window. Minimum and maximum, which cannot be
 * subtracted, come from a small table of each slot's extremes.
 */
export class RollingWindow {
  readonly windowMs: number;
  readonly #slotMs: number;
  readonly #counts = new PagedCounts();
  readonly #outcomes: number[] = OUTCOMES.map(() => 0);
  readonly #extremes = new Map<number, { minUs: number; maxUs: number }>();
  /** Few slots have any, so what a window holds of them is added up when it is asked for. */
  readonly #measures = new Map<number, MeasureTotals>();
  #measured: { readonly version: number; readonly totals: MeasureTotals } | undefined;
  #sumUs = 0;
  #start = 0;
  #end = 0;
  #version = 0;

  /** @param windowMs a multiple of `slotMs`. */
  constructor(windowMs: number, slotMs: number) {
    this.windowMs = windowMs;
    this.#slotMs = slotMs;
  }

  /** Whether no slot of it holds anything, not even a measure. */
  get isEmpty(): boolean {
    return this.#extremes.size === 0;
  }

  /** Grows with every change of the content. */
  get version(): number {
    return this.#version;
  }

  get counts(): PagedCounts {
    return this.#counts;
  }

  get outcomes(): readonly number[] {
    return this.#outcomes;
  }

  get sumUs(): number {
    return this.#sumUs;
  }

  /** The smallest and the largest duration, exactly; undefined for an empty window. */
  extremes(): { minUs: number; maxUs: number } | undefined {
    if (this.#counts.total === 0) return undefined;
    const bounds = { minUs: Infinity, maxUs: -Infinity };
    for (const { minUs, maxUs } of this.#extremes.values()) {
      bounds.minUs = Math.min(bounds.minUs, minUs);
      bounds.maxUs = Math.max(bounds.maxUs, maxUs);
    }
    return bounds;
  }

  /** The numbers beside the timings. */
  get measures(): MeasureTotals {
    if (this.#measures.size === 0) return NO_MEASURES;
    if (this.#measured?.version !== this.#version) {
      let totals = NO_MEASURES;
      for (const one of this.#measures.values()) totals = mergeMeasures(totals, one);
      this.#measured = { version: this.#version, totals };
    }
    return this.#measured.totals;
  }

  covers(slotStart: number): boolean {
    return slotStart >= this.#start && slotStart < this.#end;
  }

  /** Whether its newest slot is the one that holds `nowMs`. */
  isAt(nowMs: number): boolean {
    return this.#end === this.#endAt(nowMs);
  }

  /** Counts what a slot gained. A slot outside the window is left to `advance`. */
  add(slotStart: number, gain: Aggregate): void {
    if (!this.covers(slotStart) || isEmptyAggregate(gain)) return;
    this.#counts.addAll(gain.counts);
    this.#addTotals(gain, 1);
    const bounds = this.#extremes.get(slotStart);
    this.#extremes.set(slotStart, {
      minUs: Math.min(bounds?.minUs ?? Infinity, gain.minUs),
      maxUs: Math.max(bounds?.maxUs ?? -Infinity, gain.maxUs),
    });
    if (gain.measures !== undefined) {
      const before = this.#measures.get(slotStart) ?? NO_MEASURES;
      this.#measures.set(slotStart, mergeMeasures(before, gain.measures));
    }
    this.#version += 1;
  }

  /**
   * Moves the window so that its newest slot is the one that holds `nowMs`. A clock that went
   * back, or ahead by more than the window, rebuilds it.
   */
  advance(nowMs: number, slot: SlotReader): void {
    const end = this.#endAt(nowMs);
    if (end === this.#end) return;
    if (end < this.#end || end - this.#end >= this.windowMs) {
      this.#rebuild(end, slot);
      return;
    }
    const start = end - this.windowMs;
    for (let expired = this.#start; expired < start; expired += this.#slotMs) {
      if (!this.#extremes.has(expired)) continue;
      const content = slot(expired);
      // What was counted and cannot be read any more cannot be subtracted: count anew.
      if (content === undefined) return this.#rebuild(end, slot);
      this.#subtract(expired, content);
    }
    const firstNew = this.#end;
    this.#start = start;
    this.#end = end;
    for (let entering = firstNew; entering < end; entering += this.#slotMs) {
      const content = slot(entering);
      if (content !== undefined) this.add(entering, content);
    }
  }

  #endAt(nowMs: number): number {
    return Math.floor(nowMs / this.#slotMs) * this.#slotMs + this.#slotMs;
  }

  #rebuild(end: number, slot: SlotReader): void {
    this.#counts.clear();
    this.#outcomes.fill(0);
    this.#extremes.clear();
    this.#measures.clear();
    this.#sumUs = 0;
    this.#end = end;
    this.#start = end - this.windowMs;
    this.#version += 1;
    for (let start = this.#start; start < end; start += this.#slotMs) {
      const content = slot(start);
      if (content !== undefined) this.add(start, content);
    }
  }

  #subtract(slotStart: number, content: Aggregate): void {
    this.#extremes.delete(slotStart);
    this.#measures.delete(slotStart);
    this.#version += 1;
    this.#counts.subtractAll(content.counts);
    this.#addTotals(content, -1);
  }

  #addTotals(aggregate: Aggregate, sign: 1 | -1): void {
    for (const [code, count] of aggregate.outcomes.entries()) {
      this.#outcomes[code] = (this.#outcomes[code] ?? 0) + sign * count;
    }
    this.#sumUs += sign * aggregate.sumUs;
  }
}
