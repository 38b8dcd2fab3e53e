import type { Touchpoint } from "../journey.ts";

/** A week, as Google Analytics had it. */
export const DEFAULT_HALF_LIFE_MS = 7 * 86_400_000;

/**
 * Half as much for each half-life that a touchpoint lies back: 2^(−age / halfLife). Ages are counted
 * from the newest touchpoint and not from the conversion. That changes no share, since all weights
 * grow by one factor, and however old a journey is, one weight is 1 and not all of them 0.
 *
 * @param touchpoints - In the order of their times.
 * @param halfLifeMs - Above 0.
 */
export function timeDecay(
  touchpoints: readonly Touchpoint[],
  halfLifeMs: number = DEFAULT_HALF_LIFE_MS,
): readonly number[] {
  const newest = touchpoints.at(-1)?.at ?? 0;
  return touchpoints.map(({ at }) => 2 ** ((at - newest) / halfLifeMs));
}
