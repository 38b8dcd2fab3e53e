import type { LeaseTimes } from "./lease-times.ts";
import type { LimitRule } from "./limit-rule.ts";
import type { LimitStore } from "./limit-store.ts";

/** What a bucket is made of. */
export interface LimiterOptions {
  readonly target: string;
  readonly store: LimitStore;
  /** The configured limit, if there is one. */
  readonly configured: LimitRule | undefined;
  readonly times: LeaseTimes;
  readonly nowMs: number;
}
