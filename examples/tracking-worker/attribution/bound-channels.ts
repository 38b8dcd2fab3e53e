import type { Touchpoint } from "./journey.ts";

/** Most channels of one journey that are told apart. */
export const MAX_JOURNEY_CHANNELS = 32;

/** What the others are called. */
export const OTHER_CHANNELS = "other";

/**
 * The touchpoints, with all channels beyond the first 31 as one: what somebody makes up by the
 * thousand must not become thousands of rows.
 */
export function boundChannels(touchpoints: readonly Touchpoint[]): readonly Touchpoint[] {
  const channels = new Set(touchpoints.map(({ channel }) => channel));
  if (channels.size <= MAX_JOURNEY_CHANNELS) return touchpoints;
  const kept = new Set([...channels].slice(0, MAX_JOURNEY_CHANNELS - 1));
  return touchpoints.map((touchpoint) =>
    kept.has(touchpoint.channel) ? touchpoint : { ...touchpoint, channel: OTHER_CHANNELS },
  );
}
