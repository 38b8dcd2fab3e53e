/** What a call was told at the door. */
export interface Admission {
  readonly admitted: boolean;
  /** Calls that are let through at once when none came for long. */
  readonly limit: number;
  /** Calls for which there is still room now. */
  readonly remaining: number;
  /** Milliseconds until there is more room than that: at most a minute. */
  readonly resetMs: number;
  /** The share of the limit that is used, 0–100. */
  readonly usedPercent: number;
}
