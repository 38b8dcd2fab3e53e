import type { OccurredEvent, PlatformName } from "../tracked-event.ts";

/** `queued`: its turn has come. `deferred`: it waits until `deferredUntil`. The others are the end. */
export type JobState = "queued" | "deferred" | "delivered" | "dead";

/** An event that could not be sent to one platform at once. */
export interface JobRequest {
  /** See {@link jobId}. */
  readonly id: string;
  readonly platform: PlatformName;
  readonly event: OccurredEvent;
  /** How often the platform may fail it before it is dead. */
  readonly maxAttempts: number;
}

/** A job as its book keeps it. Points in time are epoch milliseconds. */
export interface Job extends JobRequest {
  readonly state: JobState;
  /** When it is tried again; null unless it is deferred. */
  readonly deferredUntil: number | null;
  /** Its place in the line for a permit, if it has one. */
  readonly place: string | null;
  /** Until when whoever claimed it has it to himself; null when nobody has. */
  readonly heldUntil: number | null;
  /** Calls to the platform that failed. Waiting for a permit is none. */
  readonly attempts: number;
  /** Whether it shares no request any more: the platform rejected one that it was part of. */
  readonly isAlone: boolean;
  readonly lastError: string | null;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
  /** When the book has to look at it even if nobody asks; see `sweep.ts`. */
  readonly sweepAt: number;
}

/** What a try came to. */
export type JobResult =
  /** There was no permit. It is no failure, and may happen as often as the limit wants. */
  | { readonly kind: "denied"; readonly retryAfterMs: number; readonly place: string | null }
  /** The platform failed, or refused for its limit: worth another attempt. */
  | { readonly kind: "failed"; readonly retryAfterMs: number; readonly error: string }
  /** The platform says that one of the `events` of the request is wrong. */
  | { readonly kind: "rejected"; readonly events: number; readonly error: string }
  | { readonly kind: "delivered" }
  /** The queue gave up on it. */
  | { readonly kind: "abandoned"; readonly error: string };

/** What a consumer may do with a job that its message names. */
export type Claim =
  /** Send it: it is yours for {@link HOLD_MS}. */
  | { readonly kind: "send"; readonly job: Job }
  /** Not yet: its time has not come, or another consumer has it. */
  | { readonly kind: "wait"; readonly id: string; readonly until: number }
  /** Nothing is left to do. */
  | { readonly kind: "over"; readonly id: string };

/** How long a claim holds: longer than a consumer takes, so that only a crash ends it. */
export const HOLD_MS = 120_000;

/** How long a job may be overdue before its message counts as lost. Longer than a claim. */
export const OVERDUE_MS = 300_000;

/** How long a delivered job can still be asked about, and a dead one be replayed. */
export const KEEP_DELIVERED_MS = 86_400_000;
export const KEEP_DEAD_MS = 30 * 86_400_000;

/** Meta takes no event that is older than seven days; the others are not more patient. */
export const MAX_WAIT_MS = 7 * 86_400_000;

const MAX_ERROR_LENGTH = 200;

/** A job that nothing has happened to yet. */
export function newJob(request: JobRequest, now: number): Job {
  return {
    ...request,
    state: "queued",
    deferredUntil: null,
    place: null,
    heldUntil: null,
    attempts: 0,
    isAlone: false,
    lastError: null,
    createdAt: now,
    deliveredAt: null,
    sweepAt: now + OVERDUE_MS,
  };
}

/** Decides what the holder of a message may do, and what becomes of the job by that. */
export function claim(job: Job, now: number): Claim {
  const { id, state, deferredUntil, heldUntil } = job;
  if (state === "delivered" || state === "dead") return { kind: "over", id };
  const until = Math.max(deferredUntil ?? 0, heldUntil ?? 0);
  if (until > now) return { kind: "wait", id, until };
  return {
    kind: "send",
    job: {
      ...job,
      state: "queued",
      deferredUntil: null,
      heldUntil: now + HOLD_MS,
      sweepAt: now + OVERDUE_MS,
    },
  };
}

/** The job after a try. What is over stays over: a late result changes nothing. */
export function settle(job: Job, result: JobResult, now: number): Job {
  if (job.state === "delivered" || job.state === "dead") return job;
  switch (result.kind) {
    case "denied": {
      const until = now + result.retryAfterMs;
      if (until - job.createdAt > MAX_WAIT_MS) return died(job, "no permit within 7 days", now);
      return deferred(job, until, result.place);
    }
    case "failed": {
      const failed = { ...job, attempts: job.attempts + 1, lastError: cut(result.error) };
      if (failed.attempts >= job.maxAttempts) return died(failed, result.error, now);
      return deferred(failed, now + result.retryAfterMs, null);
    }
    case "rejected": {
      // Any one of them may be what is wrong: each is sent again, by itself.
      const suspect = { ...job, isAlone: true, lastError: cut(result.error) };
      if (result.events > 1) return deferred(suspect, now, null);
      return died({ ...job, attempts: job.attempts + 1 }, result.error, now);
    }
    case "delivered": {
      const over = { deferredUntil: null, place: null, heldUntil: null };
      const sweepAt = now + KEEP_DELIVERED_MS;
      return { ...job, ...over, state: "delivered", deliveredAt: now, sweepAt };
    }
    case "abandoned":
      return died(job, result.error, now);
  }
}

/** A dead job as if it had just come; any other as it is. */
export function replay(job: Job, now: number): Job {
  if (job.state !== "dead") return job;
  return { ...job, state: "queued", attempts: 0, isAlone: false, sweepAt: now + OVERDUE_MS };
}

function deferred(job: Job, until: number, place: string | null): Job {
  const sweepAt = until + OVERDUE_MS;
  return { ...job, state: "deferred", deferredUntil: until, place, heldUntil: null, sweepAt };
}

function died(job: Job, error: string, now: number): Job {
  const over = { deferredUntil: null, place: null, heldUntil: null };
  return { ...job, ...over, state: "dead", lastError: cut(error), sweepAt: now + KEEP_DEAD_MS };
}

function cut(error: string): string {
  return error.slice(0, MAX_ERROR_LENGTH);
}
