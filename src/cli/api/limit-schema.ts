import * as v from "valibot";

/** A bucket of permits. */
export const LIMIT_SCHEMA = v.looseObject({
  target: v.string(),
  capacity: v.number(),
  refillPerMinute: v.number(),
  refillRate: v.number(),
  available: v.number(),
  outstanding: v.number(),
  waiting: v.number(),
  granted: v.number(),
  denied: v.number(),
  returned: v.number(),
  expired: v.number(),
  allowedUnreached: v.number(),
  deniedUnreached: v.number(),
  blockedUntil: v.nullable(v.number()),
  blockedReason: v.nullable(v.string()),
  isOverridden: v.boolean(),
});
