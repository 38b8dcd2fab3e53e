// A real project imports from "tachograph/client".
import type { Tachograph } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { attributionParts } from "./attribution-parts.ts";
import { type RunReport, runAttribution } from "./run-attribution.ts";
import { runQueries } from "./run-queries.ts";
import { upkeep, type UpkeepReport } from "./upkeep.ts";

/**
 * What the Worker does each minute: upkeep of leads and sessions, and credits that are due. Each is
 * done whether or not the other fails.
 */
export async function runScheduled(
  env: Env,
  tacho: Tachograph,
): Promise<{ readonly upkeep: UpkeepReport; readonly attribution: RunReport }> {
  const keeping = upkeep(runQueries(env.DB, tacho), Date.now());
  const attributing = runAttribution(attributionParts(env, tacho));
  // Both to their end, or the runtime would cut the other one off.
  await Promise.allSettled([keeping, attributing]);
  return { upkeep: await keeping, attribution: await attributing };
}
