import type { Recorder } from "../../../src/client/recorder.ts";
import { runProbes } from "../../../src/client/probe/run-probes.ts";
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
