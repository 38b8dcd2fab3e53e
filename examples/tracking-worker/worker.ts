// A real project imports from "tachograph/client".
import { instrumentHandler, tachograph } from "../../src/client/index.ts";
import { answerAttribution } from "./attribution/attribution-api.ts";
import { attributionParts } from "./attribution/attribution-parts.ts";
import { runScheduled } from "./attribution/run-scheduled.ts";
import { bury } from "./bury.ts";
import { deliverDeferred } from "./deliver-deferred.ts";
import type { Env } from "./env.ts";
import { HELP } from "./help.ts";
import type { JobMessage } from "./jobs/enqueue.ts";
import { answerJobs } from "./jobs-api.ts";
import { keepLastRun } from "./last-run.ts";
import { answerHealthDeep } from "./probes/answer-health-deep.ts";
import { heal } from "./probes/heal.ts";
import { runExampleProbes } from "./probes/run-example-probes.ts";
import { PausedPlatforms } from "./pausing/paused-platforms.ts";
import { answerPlatforms } from "./pausing/platforms-api.ts";
import { methodNotAllowed, problem } from "./problem.ts";
import { routeOf } from "./route-of.ts";
import { track } from "./track.ts";

export { JobBook } from "./jobs/job-book.ts";

const DEAD_LETTERS = "tachograph-example-dead-letters";

/** Takes conversions by `POST /track`, forwards each to its platforms, and keeps what has to wait. */
const worker = {
  async fetch(request, env, ctx): Promise<Response> {
    switch (routeOf(request)) {
      case "track":
        return request.method === "POST" ? track(request, env, ctx) : methodNotAllowed("POST");
      case "jobs":
        return answerJobs(request, env);
      case "attribution":
        return answerAttribution(request, attributionParts(env, tachograph(env.TACHOGRAPH, ctx)));
      case "platforms":
        return answerPlatforms(request, new PausedPlatforms(env, tachograph(env.TACHOGRAPH, ctx)));
      case "health":
        return Response.json({ status: "ok" });
      case "health-deep":
        return answerHealthDeep(env, tachograph(env.TACHOGRAPH, ctx));
      case "hooks":
        return request.method === "POST"
          ? heal(request, env, tachograph(env.TACHOGRAPH, ctx), Date.now())
          : methodNotAllowed("POST");
      case "control":
        // Only for the demonstration: the knobs of the simulated platforms, which have no port.
        return env.PLATFORMS?.fetch(request) ?? notFound();
      case "help":
        return new Response(HELP);
      case "other":
        return notFound();
    }
  },

  async queue(batch, env, ctx): Promise<void> {
    if (batch.queue === DEAD_LETTERS) await bury(batch, env);
    else await deliverDeferred(batch, env, ctx);
  },

  async scheduled({ scheduledTime }, env, ctx): Promise<void> {
    const tacho = tachograph(env.TACHOGRAPH, ctx);
    const jobs = runScheduled(env, tacho);
    // After the jobs, whether or not they failed: what they mend is nothing to be found.
    const [ended] = await Promise.allSettled([jobs]);
    await keepLastRun(env.CACHE, { at: scheduledTime, ok: ended.status === "fulfilled" });
    await runExampleProbes(env, tacho, scheduledTime);
    await jobs;
  },
} satisfies ExportedHandler<Env, JobMessage>;

/**
 * All of it is timed: requests as `worker`, batches and crons as `queue`, and what they ask of the
 * bindings that are named. When a batch or a cron is over, all that was recorded is sent.
 */
export default instrumentHandler<Env, JobMessage>(worker, {
  operationOf: routeOf,
  d1: ["DB"],
  kv: ["CACHE"],
  queues: ["DEFERRED"],
  // A message goes back because its platform's limit makes it wait; what failed is in its job.
  retriesMean: "deferral",
  // Who tracks with a sampled traceparent finds the call in that trace. An id leads to one visitor's
  // request, and is shown for ten minutes.
  client: { exemplars: true },
});

function notFound(): Response {
  return problem(404, "Not found", "GET / tells what there is.");
}
