import type { Job } from "./job.ts";

/** A job as the API shows it. */
export type JobView = Pick<
  Job,
  | "id"
  | "platform"
  | "state"
  | "deferredUntil"
  | "attempts"
  | "createdAt"
  | "deliveredAt"
  | "lastError"
>;

export function jobView(job: Job): JobView {
  const { id, platform, state, deferredUntil, attempts, createdAt, deliveredAt, lastError } = job;
  return { id, platform, state, deferredUntil, attempts, createdAt, deliveredAt, lastError };
}
