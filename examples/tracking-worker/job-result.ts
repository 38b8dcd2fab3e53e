import { backoffMs } from "./backoff.ts";
import type { Forwarded } from "./forward.ts";
import type { JobResult } from "./jobs/job.ts";

/** A request as far as the fate of its events depends on it. */
export interface Attempt {
  /** Events in it. */
  readonly events: number;
  /** How often the event had failed before. */
  readonly attempts: number;
  /** Uniform in [0, 1); the same for all events of a request, so that they come back together. */
  readonly random: number;
}

/** What a call means for each of the events in it. */
export function jobResult(
  { outcome, status, isRejected }: Forwarded,
  { events, attempts, random }: Attempt,
): JobResult {
  if (outcome === "ok") return { kind: "delivered" };
  const error = status === null ? outcome : `${outcome}, status ${status}`;
  if (isRejected) return { kind: "rejected", events, error };
  return { kind: "failed", retryAfterMs: backoffMs(attempts + 1, random), error };
}
