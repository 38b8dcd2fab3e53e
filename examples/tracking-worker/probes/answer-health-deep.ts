// A real project imports from "tachograph/client".
import { checkProbes, type Recorder } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { readLastRun } from "../last-run.ts";
import { PROBES } from "./probes.ts";

/**
 * `GET /health/deep`: every probe, now, and how the last scheduled run ended. 200 if all probes are
 * well, else 503. A real project asks for a
 * token here: `detail` may hold the database's own words.
 */
export async function answerHealthDeep(env: Env, tacho: Recorder): Promise<Response> {
  const [results, lastRun] = await Promise.all([
    checkProbes(PROBES, env, tacho),
    readLastRun(env.CACHE),
  ]);
  const isWell = results.every(({ ok }) => ok);
  const probes = Object.fromEntries(results.map(({ name, ...result }) => [name, result]));
  return Response.json(
    { status: isWell ? "ok" : "failing", lastRun, probes },
    { status: isWell ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
