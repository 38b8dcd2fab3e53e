import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { UNITS_PER_PERMIT, unitsPerMs } from "../../../src/limits/token-bucket.ts";

/** What may be used beside the bucket for a while. */
interface Extra {
  readonly units: number;
  readonly until: number;
  /** Which jump of the clock allowed it, counted from 1; undefined if a lower limit did. */
  readonly jump: number | undefined;
}

/**
 * What the fleet may use, kept by somebody who sees every use and knows the true time: a bucket
 * that starts full, refills in true time and pays for each use when it happens. If it never goes
 * below zero, then in every stretch Δt the uses are at most what it held at the start, which is at
 * most the capacity, and what came in since, `refill · Δt`: that is the promise, for all stretches.
 *
 * What the promise cannot cover is added to it, and nothing else:
 * - The shard's clock jumps forward by J. It cannot know that J did not pass. So it refills for J,
 *   up to the capacity; and leases that are out expire early, so what is out may be used beside the
 *   bucket. That extra is for uses of those leases alone, which pay with it before they pay with
 *   the bucket: the shard has let go of them, and its bucket does not pay for them either. It ends
 *   when the last of those leases has ended in true time.
 * - The clock is behind the latest time that the bucket saw: up to there nothing is given twice,
 *   unless it is behind by more than a minute, and believed.
 * - The limit is set lower: what is leased already may still be used. What was used stays used: to
 *   set it lower and higher again gives nothing.
 */
export class TrueBucket {
  #rule: LimitRule;
  #units: number;
  #at: number;
  /** Units used beyond a capacity that was set lower: they are missing if it is set higher. */
  #owed = 0;
  /** Units that may be used beside the bucket, and until when. */
  #extra: readonly Extra[] = [];
  #jumps = 0;

  constructor(rule: LimitRule, trueMs: number) {
    this.#rule = rule;
    this.#units = rule.capacity * UNITS_PER_PERMIT;
    this.#at = trueMs;
  }

  get units(): number {
    return this.#units;
  }

  /** How often the shard's clock has jumped forward. */
  get jumps(): number {
    return this.#jumps;
  }

  /**
   * @param jumpsAtGrant - {@link jumps} when the lease that is used was granted; infinity for
   * permits that were used as they were granted.
   * @throws if the use is one too many.
   */
  use(permits: number, trueMs: number, jumpsAtGrant = Infinity): void {
    this.advance(trueMs);
    const isEarlyEnd = ({ jump }: Extra): boolean => jump !== undefined && jumpsAtGrant < jump;
    const isBeyond = ({ jump }: Extra): boolean => jump === undefined;
    const wanted = this.#useExtra(permits * UNITS_PER_PERMIT, isEarlyEnd);
    // What did not fit a lower limit was leased before. It is missing later, as what is used within
    // the capacity is.
    const within = this.#useExtra(wanted, isBeyond);
    this.#owed += wanted - within;
    const missing = Math.max(0, within - this.#units);
    this.#units -= within - missing;
    if (missing === 0) return;
    throw new Error(`${missing / UNITS_PER_PERMIT} permits used that were not there`);
  }

  advance(trueMs: number): void {
    this.#extra = this.#extra.filter(({ until }) => trueMs < until);
    this.#gain((trueMs - this.#at) * unitsPerMs(this.#rule));
    this.#at = trueMs;
  }

  /** The shard's clock showed `creditMs` more than the time that passed. */
  jump(creditMs: number, outstanding: number, longestLeaseMs: number, trueMs: number): void {
    this.advance(trueMs);
    this.#gain(creditMs * unitsPerMs(this.#rule));
    this.#jumps += 1;
    const units = outstanding * UNITS_PER_PERMIT;
    this.#allow({ units, until: trueMs + longestLeaseMs, jump: this.#jumps });
  }

  /** @param outstanding - permits that are leased when the limit changes. */
  setRule(rule: LimitRule, outstanding: number, longestLeaseMs: number, trueMs: number): void {
    this.advance(trueMs);
    const before = this.#capacityUnits();
    this.#rule = rule;
    const grown = this.#capacityUnits() - before;
    // What is used and has not come back stays used, whatever the limit is called meanwhile.
    const paid = Math.min(Math.max(0, grown), this.#owed);
    const units = this.#units + grown - paid;
    this.#owed += Math.max(0, -units) - paid;
    this.#units = Math.max(0, units);
    // Of what is leased as much may still be used as does not fit.
    const beside = outstanding * UNITS_PER_PERMIT - this.#units;
    this.#allow({ units: beside, until: trueMs + longestLeaseMs, jump: undefined });
  }

  /** @returns what is not covered by what may be used beside the bucket. */
  #useExtra(wanted: number, isFor: (extra: Extra) => boolean): number {
    let rest = wanted;
    const extra: Extra[] = [];
    for (const one of this.#extra) {
      const used = isFor(one) ? Math.min(one.units, rest) : 0;
      rest -= used;
      if (one.units > used) extra.push({ ...one, units: one.units - used });
    }
    this.#extra = extra;
    return rest;
  }

  #allow(extra: Extra): void {
    if (extra.units > 0) this.#extra = [...this.#extra, extra];
  }

  #gain(units: number): void {
    const missing = this.#capacityUnits() - this.#units;
    this.#units += Math.min(units, missing);
    this.#owed = Math.max(0, this.#owed - Math.max(0, units - missing));
  }

  #capacityUnits(): number {
    return this.#rule.capacity * UNITS_PER_PERMIT;
  }
}
