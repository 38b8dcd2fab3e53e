import type { Touchpoint } from "../journey.ts";
import { milestoneWeights } from "./milestones.ts";

/**
 * 40 % to the first touchpoint, 40 % to the last, and 20 % to those between them; known as
 * position-based too. Of two each gets half.
 */
export function uShape({ length }: readonly Touchpoint[]): readonly number[] {
  return length === 0 ? [] : milestoneWeights(length, [0, length - 1], 40, 20);
}
