// A real project imports from "tachograph/client".
import { type Recorder, runProbes } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { PROBES } from "./probes.ts";

/**
 * Runs the probes that are due. For `scheduled`.
 *
 * @param nowMs - `controller.scheduledTime`.
 */
export async function runExampleProbes(env: Env, tacho: Recorder, nowMs: number): Promise<void> {
  await runProbes(PROBES, env, tacho, { nowMs });
}
