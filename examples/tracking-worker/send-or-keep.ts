// A real project imports from "tachograph/client".
import type { Outcome, Tachograph } from "../../src/client/index.ts";
import { sharedBy } from "./batches.ts";
import { DESTINATIONS } from "./destinations.ts";
import type { Env } from "./env.ts";
import { forward } from "./forward.ts";
import { jobResult } from "./job-result.ts";
import { enqueue } from "./jobs/enqueue.ts";
import type { Job, JobResult } from "./jobs/job.ts";
import { JobBooks } from "./jobs/job-books.ts";
import { jobId } from "./jobs/job-id.ts";
import type { OccurredEvent, PlatformName, TrackedEvent } from "./tracked-event.ts";

/** What became of an event at one platform. */
export type Delivery =
  /** It was sent, with this HTTP status, or null when there was none. */
  | { readonly outcome: Outcome; readonly status: number | null }
  /** It will be sent; `GET /api/jobs/{job}/status` tells how it stands. */
  | { readonly outcome: "deferred"; readonly deferredUntil: number | null; readonly job: string }
  /** It failed as often as it may, and waits to be replayed. */
  | { readonly outcome: "dead"; readonly job: string }
  /** It was not sent, since somebody paused the platform. */
  | { readonly outcome: "paused" }
  /** It was neither sent nor kept: whoever has the event has to send it again. */
  | { readonly outcome: "lost"; readonly detail: string };

/** What became of an event, and of the attempt to send it. */
export interface Sending {
  readonly delivery: Delivery;
  /** Whether the platform took it; null when it was not tried, as it waits for a permit. */
  readonly isDelivered: boolean | null;
}

/** Sends one event to one platform, or keeps it for later. Never throws. */
export async function sendOrKeep(
  tacho: Tachograph,
  env: Env,
  platform: PlatformName,
  tracked: TrackedEvent,
): Promise<Sending> {
  const destination = DESTINATIONS[platform];
  const { event, id, value } = tracked;
  const occurred = { event, id, value, at: Date.now() };
  const line = { sharedBy: sharedBy(destination.maxEvents, 1) };
  const permit = await tacho.take(destination.target, 1, { line });
  if (!permit.granted) {
    const { retryAfterMs, place } = permit;
    const denied = { kind: "denied", retryAfterMs, place } as const;
    const kept = await keep(env, platform, tracked, occurred, denied);
    // What is lost never becomes an attempt, and arrives as little as one that fails.
    return { delivery: kept, isDelivered: kept.outcome === "lost" ? false : null };
  }
  const sent = await forward(tacho, env, destination, [occurred]);
  // Whoever sent a wrong event is told so: to keep it would help nobody.
  const isDelivered = sent.outcome === "ok";
  if (isDelivered || sent.isRejected) {
    return { delivery: { outcome: sent.outcome, status: sent.status }, isDelivered };
  }
  const result = jobResult(sent, { events: 1, attempts: 0, random: Math.random() });
  return { delivery: await keep(env, platform, tracked, occurred, result), isDelivered };
}

async function keep(
  env: Env,
  platform: PlatformName,
  { id: eventId, maxAttempts }: TrackedEvent,
  event: OccurredEvent,
  result: JobResult,
): Promise<Delivery> {
  try {
    const id = await jobId(platform, eventId);
    const kept = await new JobBooks(env.JOB_BOOK).keep(
      { id, platform, event, maxAttempts },
      result,
    );
    if (kept.kind === "full") return lost("too many events wait already");
    if (kept.isNew) await send(env, kept.job);
    return delivery(kept.job);
  } catch (error) {
    console.error(`an event for ${platform} could not be kept`, error);
    return lost("it could not be stored");
  }
}

/** Without its message the job is late, but not lost: its book finds it overdue. */
async function send(env: Env, job: Job): Promise<void> {
  if (job.state !== "deferred") return;
  try {
    await enqueue(env, [job], Date.now());
  } catch (error) {
    console.error(`job ${job.id} did not get into the queue and waits for the sweep`, error);
  }
}

function delivery({ id, state, deferredUntil }: Job): Delivery {
  switch (state) {
    case "queued":
    case "deferred":
      return { outcome: "deferred", deferredUntil, job: id };
    case "delivered":
      return { outcome: "ok", status: null };
    case "dead":
      return { outcome: "dead", job: id };
  }
}

function lost(why: string): Delivery {
  return { outcome: "lost", detail: `Neither sent nor kept, since ${why}: send it again later.` };
}
