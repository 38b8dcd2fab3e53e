import type { Recorder } from "../recorder.ts";
import { startTimer, type Timer } from "../timer.ts";
import { DEFAULT_EVERY_MS, type ProbeSet } from "./define-probes.ts";
import { isDue } from "./is-due.ts";
import type { Probe, ProbeResult } from "./probe.ts";
import { runProbe } from "./run-probe.ts";

/** A Worker has six connections; some are left to whatever else it does. */
const CONCURRENCY = 4;

/** How a run of probes may differ from the usual one. */
export interface RunProbesOptions {
  /** The time by which it is decided what is due, epoch milliseconds. Default now. */
  readonly nowMs?: number | undefined;
  /** Starts a timer. Default `setTimeout`. */
  readonly timer?: Timer | undefined;
}

/**
 * Runs the probes that are due, four at a time, each within its deadline, and records each as one
 * timing of the set's target: outcome `ok`, `error` (a threshold is broken, or the probe could not
 * be run) or `timeout`, with the measures `value` and `failing`. For `scheduled`, with a cron of
 * every minute (`* * * * *`). Never throws.
 *
 * @param options - `nowMs: controller.scheduledTime` keeps a cron that is late from running a probe
 * twice or not at all.
 * @returns what came of those that ran, in the order in which they are defined.
 */
export async function runProbes<Env>(
  { target, probes }: ProbeSet<Env>,
  env: Env,
  tacho: Recorder,
  options: RunProbesOptions = {},
): Promise<readonly ProbeResult[]> {
  const { nowMs = tacho.now(), timer = startTimer } = options;
  const due = [...probes].filter(([, { everyMs = DEFAULT_EVERY_MS }]) => isDue(everyMs, nowMs));
  return runAll({ target, env, tacho, timer }, due);
}

interface Surroundings<Env> {
  readonly target: string;
  readonly env: Env;
  readonly tacho: Recorder;
  readonly timer: Timer;
}

/** Runs probes, {@link CONCURRENCY} at a time. Never throws. @returns their results, in their order. */
export async function runAll<Env>(
  surroundings: Surroundings<Env>,
  entries: readonly (readonly [name: string, probe: Probe<Env>])[],
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  let next = 0;
  const runInTurn = async (): Promise<void> => {
    for (let index = next++; index < entries.length; index = next++) {
      const entry = entries[index];
      if (entry === undefined) return;
      const [name, probe] = entry;
      // oxlint-disable-next-line eslint/no-await-in-loop -- the next one begins when this one is over
      results[index] = await runProbe({ ...surroundings, name, probe });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, runInTurn));
  return results;
}
