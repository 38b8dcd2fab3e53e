import { type Job, type JobRequest, newJob } from "../../../examples/tracking-worker/jobs/job.ts";

/** A made-up event that waits. */
export function aJobRequest(overrides: Partial<JobRequest> = {}): JobRequest {
  return {
    id: `meta-${"0".repeat(32)}`,
    platform: "meta",
    event: { event: "Purchase", id: "order-1", value: 49.9, at: 1_795_000_000_000 },
    maxAttempts: 8,
    ...overrides,
  };
}

/** The `number`-th of several jobs that differ by their id. */
export function aJob(number: number, overrides: Partial<Job> = {}): Job {
  const id = `meta-${number.toString(16).padStart(32, "0")}`;
  return { ...newJob(aJobRequest({ id }), 1_795_000_000_000), ...overrides };
}
