import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { type Buckets, BucketTally } from "./bucket-tally.ts";
import type { Stretch } from "./live-trail.ts";

/** A stored minute of a series. */
export interface Minute {
  /** When it begins, epoch milliseconds: a whole minute. */
  readonly at: number;
  readonly buckets: Buckets;
}

/**
 * Calls `visit` for the end of each minute from `ends.from` to `ends.to` with the sum of the minutes
 * of the window that ends then. The tally is the next call's, too: it has to be read at once.
 *
 * @param windowMs - whole minutes.
 * @param ends - whole minutes.
 */
export function forEachWindow(
  minutes: readonly Minute[],
  windowMs: number,
  ends: Stretch,
  visit: (endAt: number, tally: BucketTally) => void,
): void {
  const byStart = new Map(minutes.map(({ at, buckets }) => [at, buckets]));
  const tally = new BucketTally();
  for (let at = ends.from - windowMs; at < ends.from - MINUTE_MS; at += MINUTE_MS) {
    const entering = byStart.get(at);
    if (entering !== undefined) tally.add(entering);
  }
  for (let endAt = ends.from; endAt <= ends.to; endAt += MINUTE_MS) {
    const entering = byStart.get(endAt - MINUTE_MS);
    if (entering !== undefined) tally.add(entering);
    visit(endAt, tally);
    const leaving = byStart.get(endAt - windowMs);
    if (leaving !== undefined) tally.subtract(leaving);
  }
}
