import type { Env } from "./env.ts";
import type { JobMessage } from "./jobs/enqueue.ts";
import { JobBooks } from "./jobs/job-books.ts";
import { jobMessages } from "./jobs/job-messages.ts";

/** Ends up here only what made the consumer itself fail, again and again. */
const ERROR = "the queue gave it up after too many failed deliveries";

/** Marks the jobs of dead letters as dead, for somebody to look at and replay. */
export async function bury(batch: MessageBatch<JobMessage>, env: Env): Promise<void> {
  const messages = jobMessages(batch);
  const entries = [...messages.keys()].map((id) => {
    return { id, result: { kind: "abandoned", error: ERROR } } as const;
  });
  await new JobBooks(env.JOB_BOOK).settle(entries);
  batch.ackAll();
}
