import type { Touchpoint } from "../journey.ts";
import { milestoneWeights } from "./milestones.ts";

/**
 * 30 % each to the first touchpoint, to the one that made the visitor a lead, and to the last, which
 * stands for the opportunity, and 10 % to all others, as Marketo Measure (Bizible) has it:
 * https://www.bizible.com/blog/multi-touch-b2b-marketing-attribution-models
 *
 * The lead is the first touchpoint that says so. If none does it is the middle one, of an even
 * number the earlier; two touchpoints have no middle and share equally. A touchpoint that is two of
 * the three at once gets both parts.
 */
export function wShape(touchpoints: readonly Touchpoint[]): readonly number[] {
  const { length } = touchpoints;
  if (length === 0) return [];
  const ends = [0, length - 1];
  const lead = touchpoints.findIndex(({ isLead }) => isLead === true);
  if (lead === -1 && length < 3) return milestoneWeights(length, ends, 30, 10);
  const middle = lead === -1 ? Math.floor((length - 1) / 2) : lead;
  return milestoneWeights(length, [...ends, middle], 30, 10);
}
