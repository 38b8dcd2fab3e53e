import type { Touchpoint } from "../journey.ts";

/** All of it to the first touchpoint. */
export function firstClick(touchpoints: readonly Touchpoint[]): readonly number[] {
  return touchpoints.map((_, place) => (place === 0 ? 1 : 0));
}
