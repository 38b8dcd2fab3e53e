import type { Touchpoint } from "../journey.ts";

/** What is lost without each channel, 0 to 1: of `removalEffects`. */
export type RemovalEffects = ReadonlyMap<string, number>;

/**
 * Each channel of the journey gets by its removal effect, however often it was touched: its first
 * touchpoint carries all of it. A channel that was never observed has no effect; where none has
 * any, all count the same.
 *
 * Anderl, Becker, von Wangenheim, Schumann: "Mapping the customer journey: Lessons learned from
 * graph-based online attribution modeling", International Journal of Research in Marketing 33(3),
 * 2016, https://doi.org/10.1016/j.ijresmar.2016.03.001
 */
export function dataDriven(
  touchpoints: readonly Touchpoint[],
  effects: RemovalEffects,
): readonly number[] {
  const seen = new Set<string>();
  const weights = touchpoints.map(({ channel }) => {
    const isFirst = !seen.has(channel);
    seen.add(channel);
    return isFirst ? (effects.get(channel) ?? 0) : 0;
  });
  return weights.some((weight) => weight > 0) ? weights : touchpoints.map(() => 1);
}
