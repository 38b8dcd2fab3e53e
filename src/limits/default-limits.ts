import type { LimitRule } from "./limit-rule.ts";

/** What is assumed of platforms that are not configured: cautious, for an app that is new there. */
const DEFAULT_LIMITS: ReadonlyMap<string, LimitRule> = new Map([
  ["meta", { capacity: 200, refillPerMinute: 10 }],
  ["google", { capacity: 1_000, refillPerMinute: 100 }],
  ["tiktok", { capacity: 10, refillPerMinute: 1 }],
  ["pinterest", { capacity: 5_000, refillPerMinute: 5_000 }],
  ["reddit", { capacity: 5_000, refillPerMinute: 5_000 }],
]);

/** Targets that have a limit unless the configuration says otherwise. */
export const LIMITED_BY_DEFAULT: readonly string[] = [...DEFAULT_LIMITS.keys()];

/** The limit of a target for which the configuration names none, or undefined. */
export function defaultLimit(target: string): LimitRule | undefined {
  return DEFAULT_LIMITS.get(target);
}
