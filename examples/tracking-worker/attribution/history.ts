import type { Conversion, Journey, Touchpoint } from "./journey.ts";

/** A conversion that is stored. */
export interface StoredConversion extends Conversion {
  readonly id: string;
}

/** What is known of one visitor. */
export interface History {
  /** In order, equal times as they arrived. */
  readonly touchpoints: readonly Touchpoint[];
  /** In order. */
  readonly conversions: readonly StoredConversion[];
}

/** A part of a history: what led to one conversion, or what has led to none so far. */
export interface VisitorJourney extends Journey {
  readonly conversion: StoredConversion | null;
}

/**
 * Cuts a history after each conversion: what a touchpoint led to is the next conversion, and that
 * alone. What is left after the last conversion is a journey without one.
 */
export function splitHistory({ touchpoints, conversions }: History): readonly VisitorJourney[] {
  const journeys: VisitorJourney[] = [];
  let next = 0;
  for (const conversion of conversions) {
    const start = next;
    while ((touchpoints[next]?.at ?? Number.POSITIVE_INFINITY) <= conversion.at) next += 1;
    journeys.push({ touchpoints: touchpoints.slice(start, next), conversion });
  }
  if (next < touchpoints.length) {
    journeys.push({ touchpoints: touchpoints.slice(next), conversion: null });
  }
  return journeys;
}
