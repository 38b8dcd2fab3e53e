import type { Touchpoint } from "../journey.ts";

/** All of it to the last touchpoint. */
export function lastClick(touchpoints: readonly Touchpoint[]): readonly number[] {
  const last = touchpoints.length - 1;
  return touchpoints.map((_, place) => (place === last ? 1 : 0));
}
