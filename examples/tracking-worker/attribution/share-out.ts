/** What is shared out: a whole conversion, in millionths, so that sums are exact. */
export const WHOLE_MILLIONTHS = 1_000_000;

/** Millionths of a conversion by channel. They add up to exactly {@link WHOLE_MILLIONTHS}. */
export type Credits = ReadonlyMap<string, number>;

interface Share {
  readonly channel: string;
  readonly millionths: number;
  /** What was cut off, 0 to 1. */
  readonly rest: number;
}

/**
 * Shares a conversion out by weights. Each gets its quota rounded down, and what is left goes, one
 * millionth each, to those that lost the most: the method of largest remainders. Of equal losses the
 * channel that comes first in the map is served first.
 *
 * @param weights - At least one, each 0 or more; if all are 0 they count as equal.
 */
export function shareOut(weights: ReadonlyMap<string, number>): Credits {
  const total = sum(weights.values());
  const shares: readonly Share[] = [...weights].map(([channel, weight]) => {
    const quota = WHOLE_MILLIONTHS * (total > 0 ? weight / total : 1 / weights.size);
    const millionths = Math.floor(quota);
    return { channel, millionths, rest: quota - millionths };
  });
  const credits = new Map(shares.map(({ channel, millionths }) => [channel, millionths]));
  const left = WHOLE_MILLIONTHS - sum(credits.values());
  const served = shares.toSorted((one, other) => other.rest - one.rest).slice(0, left);
  for (const { channel, millionths } of served) credits.set(channel, millionths + 1);
  return credits;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
