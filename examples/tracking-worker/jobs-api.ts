import type { Env } from "./env.ts";
import { enqueue } from "./jobs/enqueue.ts";
import type { Job } from "./jobs/job.ts";
import { JobBooks } from "./jobs/job-books.ts";
import { isJobId } from "./jobs/job-id.ts";
import { jobView } from "./jobs/job-view.ts";
import { methodNotAllowed, problem } from "./problem.ts";

/** Most jobs that one request lists or replays: as many as a queue takes at once. */
const MAX_JOBS = 100;

/** Answers what is below `/api/jobs/`. Put it behind your own authentication. */
export async function answerJobs(request: Request, env: Env): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [id = "", part, ...rest] = pathname.slice("/api/jobs/".length).split("/");
  if (rest.length > 0) return notFound();
  const route = `${id === "dead" ? "dead" : ":id"}/${part ?? ""}`;
  switch (route) {
    case "dead/":
      return request.method === "GET" ? listDead(searchParams, env) : methodNotAllowed("GET");
    case "dead/replay":
      return request.method === "POST" ? replayDead(env) : methodNotAllowed("POST");
    case ":id/status":
      return request.method === "GET" ? showStatus(id, env) : methodNotAllowed("GET");
    case ":id/replay":
      return request.method === "POST" ? replayOne(id, env) : methodNotAllowed("POST");
    default:
      return notFound();
  }
}

async function showStatus(id: string, env: Env): Promise<Response> {
  const job = isJobId(id) ? await new JobBooks(env.JOB_BOOK).show(id) : null;
  return job === null ? noSuchJob(id) : Response.json(jobView(job));
}

async function listDead(query: URLSearchParams, env: Env): Promise<Response> {
  const limit = Number(query.get("limit") ?? MAX_JOBS);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_JOBS) {
    return problem(400, "Invalid limit", `limit is a whole number from 1 to ${MAX_JOBS}.`);
  }
  const jobs = await new JobBooks(env.JOB_BOOK).dead(limit);
  return Response.json({ jobs: jobs.map(jobView) });
}

async function replayOne(id: string, env: Env): Promise<Response> {
  const books = new JobBooks(env.JOB_BOOK);
  const job = isJobId(id) ? await books.show(id) : null;
  if (job === null) return noSuchJob(id);
  const [replayed] = await replay([job], books, env);
  if (replayed !== undefined) return Response.json(jobView(replayed), { status: 202 });
  return problem(409, "Not dead", `Only a dead job can be replayed. This one is ${job.state}.`);
}

async function replayDead(env: Env): Promise<Response> {
  const books = new JobBooks(env.JOB_BOOK);
  const jobs = await replay(await books.dead(MAX_JOBS), books, env);
  return Response.json({ replayed: jobs.length, jobs: jobs.map(jobView) }, { status: 202 });
}

async function replay(jobs: readonly Job[], books: JobBooks, env: Env): Promise<readonly Job[]> {
  const replayed = await books.replay(jobs.map(({ id }) => id));
  await enqueue(env, replayed, Date.now());
  return replayed;
}

function noSuchJob(id: string): Response {
  const kept = "delivered ones are kept for a day, dead ones for 30 days";
  return problem(404, "No such job", `There is no job "${id}": ${kept}.`);
}

function notFound(): Response {
  return problem(404, "Not found", "GET / tells what there is.");
}
