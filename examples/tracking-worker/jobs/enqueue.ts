import type { Env } from "../env.ts";
import type { Job } from "./job.ts";

/** What a message says: only which job it is about. All else is in the job's book. */
export interface JobMessage {
  readonly job: string;
}

/** No queue delays a message for longer. */
const MAX_DELAY_SECONDS = 86_400;

/** Puts one message for each of at most 100 `jobs` on the queue, to arrive when its time has come. */
export async function enqueue(env: Env, jobs: readonly Job[], now: number): Promise<void> {
  if (jobs.length === 0) return;
  await env.DEFERRED.sendBatch(
    jobs.map(({ id, deferredUntil }) => ({
      body: { job: id },
      delaySeconds: delaySeconds(deferredUntil, now),
    })),
  );
}

/** Whole seconds until `until`, rounded up: nobody comes before his time. */
export function delaySeconds(until: number | null, now: number): number {
  if (until === null) return 0;
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((until - now) / 1_000)));
}
