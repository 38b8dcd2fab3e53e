import { type Job, OVERDUE_MS } from "./job.ts";

export type Sweep =
  | { readonly kind: "keep" }
  /** It was over long enough ago. */
  | { readonly kind: "delete" }
  /** Its time came and went: the message is lost, or was never sent. It needs another one. */
  | { readonly kind: "requeue"; readonly job: Job };

/** What a book does about a job that nobody asked about. */
export function sweep(job: Job, now: number): Sweep {
  if (job.sweepAt > now) return { kind: "keep" };
  if (job.state === "delivered" || job.state === "dead") return { kind: "delete" };
  return { kind: "requeue", job: { ...job, sweepAt: now + OVERDUE_MS } };
}
