import type { Job } from "./jobs/job.ts";

/** Most messages that the queue hands over at once: `max_batch_size` in `wrangler.toml`. */
const QUEUE_BATCH_SIZE = 100;

/** Parts `jobs` of one platform into requests. What has to go alone does. */
export function batches(jobs: readonly Job[], maxEvents: number): readonly (readonly Job[])[] {
  const alone = jobs.filter(({ isAlone }) => isAlone).map((job) => [job]);
  const together = jobs.filter(({ isAlone }) => !isAlone);
  const count = Math.ceil(together.length / maxEvents);
  const chunks = Array.from({ length: count }, (_, index) =>
    together.slice(index * maxEvents, (index + 1) * maxEvents),
  );
  return [...chunks, ...alone];
}

/**
 * How many waiting requests of `events` events each will share a permit: who comes back at the same
 * time goes in one request. While a limit is exceeded batches fill up, so this counts on full ones;
 * where that was too much, the batch is denied again, and is larger the next time.
 */
export function sharedBy(maxEvents: number, events: number, isAlone = false): number {
  if (isAlone) return 1;
  return Math.max(1, Math.floor(Math.min(maxEvents, QUEUE_BATCH_SIZE) / events));
}
