/** What Tachograph says of itself is told under these names, as if they were rules'. */
export const SYSTEM_RULES = [
  "channel-failing",
  "channel-unconfigured",
  "coordinator-stalled",
] as const;

export type SystemRule = (typeof SYSTEM_RULES)[number];
