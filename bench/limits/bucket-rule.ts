import type { LimitRule } from "../../src/limits/limit-rule.ts";

/** The limit whose use is measured: 500 at once, 100 a second. */
export const BUCKET_RULE: LimitRule = { capacity: 500, refillPerMinute: 6_000 };

/** The limit that all contenders are to keep: 900 at once, 300 a second, full again in whole seconds. */
export const CONTENDED_RULE: LimitRule = { capacity: 900, refillPerMinute: 18_000 };

/** A platform's own default for a new app, where the reserve and the leases are a large part. */
export const SMALL_RULE: LimitRule = { capacity: 200, refillPerMinute: 10 };

/** A limit that is never reached, so that every decision is a grant. */
export const ENDLESS_RULE: LimitRule = { capacity: 100_000_000, refillPerMinute: 100_000_000 };

/** Permits that come back each millisecond. */
export function permitsPerMs({ refillPerMinute }: LimitRule): number {
  return refillPerMinute / 60_000;
}
