/**
 * Weights for journeys of which some touchpoints count more: each place of `milestones` gets
 * `percent`, a place that is named twice gets it twice, and all other touchpoints share `rest`
 * equally. Where there are no others, the milestones share everything.
 *
 * @param milestones - Places, from 0.
 */
export function milestoneWeights(
  touchpoints: number,
  milestones: readonly number[],
  percent: number,
  rest: number,
): readonly number[] {
  const others = touchpoints - new Set(milestones).size;
  const weights = Array.from({ length: touchpoints }, () => (others > 0 ? rest / others : 0));
  for (const place of new Set(milestones)) weights[place] = 0;
  for (const place of milestones) weights[place] = (weights[place] ?? 0) + percent;
  return weights;
}
