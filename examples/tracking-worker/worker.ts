import { bury } from "./bury.ts";
import { deliverDeferred } from "./deliver-deferred.ts";
import type { Env } from "./env.ts";
import { HELP } from "./help.ts";
import type { JobMessage } from "./jobs/enqueue.ts";
import { answerJobs } from "./jobs-api.ts";
import { methodNotAllowed, problem } from "./problem.ts";
import { track } from "./track.ts";

export { JobBook } from "./jobs/job-book.ts";

const DEAD_LETTERS = "tachograph-example-dead-letters";

/** Takes conversions by `POST /track`, forwards each to its platforms, and keeps what has to wait. */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/track") {
      return request.method === "POST" ? track(request, env, ctx) : methodNotAllowed("POST");
    }
    if (pathname.startsWith("/api/jobs/")) return answerJobs(request, env);
    if (pathname === "/") return new Response(HELP);
    if (pathname === "/health") return Response.json({ status: "ok" });
    // Only for the demonstration: the knobs of the simulated platforms, which have no port.
    if (env.PLATFORMS !== undefined && /^\/control(\/|$)/.test(pathname)) {
      return env.PLATFORMS.fetch(request);
    }
    return problem(404, "Not found", "GET / tells what there is.");
  },

  async queue(batch, env, ctx): Promise<void> {
    if (batch.queue === DEAD_LETTERS) await bury(batch, env);
    else await deliverDeferred(batch, env, ctx);
  },
} satisfies ExportedHandler<Env, JobMessage>;
