import { type Exemplar, SHOWN_EXEMPLARS } from "../exemplar.ts";
import { CLASSIC_BOUNDS_US } from "./classic-bounds.ts";

/** An exemplar with the number that it got when it was taken; a later one has a higher number. */
export interface TakenExemplar extends Exemplar {
  readonly number: number;
}

/** How exactly it is known until when a call is among the slowest. */
export const EXEMPLAR_SLOT_MS = 30_000;

/** Sorts the slowest first; of equally slow ones the newest. */
export function bySlowness(one: TakenExemplar, other: TakenExemplar): number {
  return other.durationUs - one.durationUs || byAge(one, other);
}

/** Sorts the newest first; of two of one time, the one that came later. */
export function byAge(one: TakenExemplar, other: TakenExemplar): number {
  return other.at - one.at || other.number - one.number;
}

/** The newest of each classic bucket, the slowest bucket first. */
export function newestOfBuckets(exemplars: readonly TakenExemplar[]): TakenExemplar[] {
  const newest = new Map<number, TakenExemplar>();
  for (const one of exemplars) {
    const bucket = bucketOf(one.durationUs);
    const other = newest.get(bucket);
    if (other === undefined || byAge(one, other) < 0) newest.set(bucket, one);
  }
  return [...newest.values()];
}

/**
 * What is worth being kept of a series' exemplars: the newest of each classic bucket, and whatever
 * can still come among the slowest. A call can do that unless as many slower ones as are shown are
 * of its {@link EXEMPLAR_SLOT_MS} or of later ones, for those outlive it. So at most
 * `SHOWN_EXEMPLARS` of each slot are kept, and far fewer of most.
 *
 * Those of one slot end at their own times, not together. So while a slot runs out, a call of it may
 * be missing that slower ones of the same slot kept from being kept.
 *
 * @param ranked - The slowest first, as of {@link bySlowness}; so is what is returned.
 */
export function keptExemplars(ranked: readonly TakenExemplar[]): TakenExemplar[] {
  const newest = new Set(newestOfBuckets(ranked));
  /** The latest slots of all that are slower, ascending; as many as are shown. */
  const latest: number[] = [];
  return ranked.filter((one) => {
    const slot = Math.floor(one.at / EXEMPLAR_SLOT_MS);
    const [earliest = 0] = latest;
    if (latest.length === SHOWN_EXEMPLARS && slot <= earliest) return newest.has(one);
    if (latest.length === SHOWN_EXEMPLARS) latest.shift();
    latest.push(slot);
    latest.sort((some, other) => some - other);
    return true;
  });
}

/** The position of the lowest bound that the call is not above; what is above all comes last. */
function bucketOf(durationUs: number): number {
  const bucket = CLASSIC_BOUNDS_US.findIndex((boundUs) => durationUs <= boundUs);
  return bucket === -1 ? CLASSIC_BOUNDS_US.length : bucket;
}
