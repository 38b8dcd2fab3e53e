import type { Touchpoint } from "../journey.ts";

/** The same to each touchpoint. */
export function linear(touchpoints: readonly Touchpoint[]): readonly number[] {
  return touchpoints.map(() => 1);
}
