// A real project imports from "tachograph/client".
import { type Tachograph, tachograph, type WaitUntilContext } from "../../src/client/index.ts";
import { countAttempts } from "./attribution/count-attempts.ts";
import type { DeliveryAttempt } from "./attribution/delivery-counts.ts";
import { batches, sharedBy } from "./batches.ts";
import { DESTINATIONS } from "./destinations.ts";
import type { Env } from "./env.ts";
import { forward } from "./forward.ts";
import { jobResult } from "./job-result.ts";
import { delaySeconds, type JobMessage } from "./jobs/enqueue.ts";
import type { Job } from "./jobs/job.ts";
import type { SettledJob } from "./jobs/job-book.ts";
import { JobBooks } from "./jobs/job-books.ts";
import { jobMessages } from "./jobs/job-messages.ts";
import { PLATFORM_NAMES, type PlatformName } from "./tracked-event.ts";

/** A queue gives a message up after a hundred deliveries: one that waits for long is renewed. */
const RENEW_AFTER = 50;

/** After a failure of our own, such as a book that does not answer. */
const FAILURE_DELAY_SECONDS = 60;

/** Sends the jobs that the messages name, as far as there are permits, each request as full as it can be. */
export async function deliverDeferred(
  batch: MessageBatch<JobMessage>,
  env: Env,
  ctx: WaitUntilContext,
): Promise<void> {
  const tacho = tachograph(env.TACHOGRAPH, ctx);
  const books = new JobBooks(env.JOB_BOOK);
  const messages = jobMessages(batch);
  const claims = await books.claim([...messages.keys()]);
  const jobs = claims.flatMap((claim) => (claim.kind === "send" ? [claim.job] : []));
  await Promise.all(
    claims.map(async (claim) => {
      if (claim.kind === "wait") await retry(messages.get(claim.id), claim.until, env);
      if (claim.kind === "over") messages.get(claim.id)?.ack();
    }),
  );
  const requests = PLATFORM_NAMES.flatMap((platform) => {
    const own = jobs.filter((job) => job.platform === platform);
    return batches(own, DESTINATIONS[platform].maxEvents).map((group) => ({ platform, group }));
  });
  const attempts: DeliveryAttempt[] = [];
  await Promise.all(
    requests.map(async ({ platform, group }) => {
      try {
        const { results, isDelivered } = await send(tacho, env, platform, group);
        if (isDelivered !== null) attempts.push({ platform, isDelivered });
        const settled = await books.settle(results);
        await Promise.all(settled.map((job) => conclude(messages.get(job.id), job, env)));
      } catch (error) {
        console.error(`${group.length} jobs for ${platform} are tried again`, error);
        for (const { id } of group)
          messages.get(id)?.retry({ delaySeconds: FAILURE_DELAY_SECONDS });
      }
    }),
  );
  await countAttempts(env, tacho, attempts);
  // The batch is done when this is: timings are sent, and leases given back.
  await tacho.flush();
}

/** What a request came to. */
interface SentJobs {
  readonly results: readonly SettledJob[];
  /** Whether the platform took it; null when there was no permit, and so no call. */
  readonly isDelivered: boolean | null;
}

/** One request for all of `jobs`, if there is a permit for it. */
async function send(
  tacho: Tachograph,
  env: Env,
  platform: PlatformName,
  jobs: readonly Job[],
): Promise<SentJobs> {
  const destination = DESTINATIONS[platform];
  const isAlone = jobs.some((job) => job.isAlone);
  const permit = await tacho.take(destination.target, 1, {
    line: { sharedBy: sharedBy(destination.maxEvents, jobs.length, isAlone) },
    places: jobs.flatMap(({ place }) => place ?? []),
  });
  if (!permit.granted) {
    const { retryAfterMs } = permit;
    // They come back together and need one place for all: the first of them has it.
    const results = jobs.map(({ id }, index): SettledJob => {
      const place = index === 0 ? permit.place : null;
      return { id, result: { kind: "denied", retryAfterMs, place } };
    });
    return { results, isDelivered: null };
  }
  const events = jobs.map(({ event }) => event);
  const sent = await forward(tacho, env, destination, events);
  const random = Math.random();
  const results = jobs.map(({ id, attempts }) => {
    return { id, result: jobResult(sent, { events: jobs.length, attempts, random }) };
  });
  return { results, isDelivered: sent.outcome === "ok" };
}

/** The message lives as long as its job has something to wait for. */
async function conclude(
  message: Message<JobMessage> | undefined,
  job: Job,
  env: Env,
): Promise<void> {
  if (job.state === "deferred") await retry(message, job.deferredUntil, env);
  else message?.ack();
}

async function retry(
  message: Message<JobMessage> | undefined,
  until: number | null,
  env: Env,
): Promise<void> {
  // A whole second at least: what comes back at once would only spin.
  const delay = { delaySeconds: Math.max(1, delaySeconds(until, Date.now())) };
  if (message === undefined) return;
  if (message.attempts < RENEW_AFTER) return message.retry(delay);
  try {
    await env.DEFERRED.send(message.body, delay);
    message.ack();
  } catch (error) {
    console.error(`message ${message.id} could not be renewed`, error);
    message.retry(delay);
  }
}
