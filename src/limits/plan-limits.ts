import type { LimitRule } from "./limit-rule.ts";

/** Requests a minute that a tenant may send to our own API, by what it has paid for. */
const PLAN_LIMITS = {
  free: { capacity: 100, refillPerMinute: 100 },
  pro: { capacity: 500, refillPerMinute: 500 },
  enterprise: { capacity: 2_000, refillPerMinute: 2_000 },
} as const satisfies Readonly<Record<string, LimitRule>>;

/** A plan that has a limit. */
export type LimitedPlan = keyof typeof PLAN_LIMITS;

const PREFIX = "api.";

const BY_TARGET: ReadonlyMap<string, LimitRule> = new Map(
  Object.entries(PLAN_LIMITS).map(([plan, rule]) => [`${PREFIX}${plan}`, rule]),
);

/** How often a tenant with this plan may call our own API. */
export function planRule(plan: LimitedPlan): LimitRule {
  return PLAN_LIMITS[plan];
}

/** The target whose bucket guards a tenant's requests. */
export function planTarget(plan: LimitedPlan): string {
  return `${PREFIX}${plan}`;
}

/** Whether a target's bucket guards our own API. */
export function isPlanTarget(target: string): boolean {
  return BY_TARGET.has(target);
}

/** The limit behind {@link planTarget}, or undefined for any other target. */
export function planLimit(target: string): LimitRule | undefined {
  return BY_TARGET.get(target);
}
