import type { Recorder } from "../recorder.ts";
import { startTimer, type Timer } from "../timer.ts";
import type { ProbeSet } from "./define-probes.ts";
import type { ProbeResult } from "./probe.ts";
import { runAll } from "./run-probes.ts";

/** How long results are given again. */
const FRESH_MS = 5_000;

/** How old results may be while another request makes new ones. */
const STALE_MS = 60_000;

/** How a check may differ from the usual one. */
export interface CheckProbesOptions {
  /** How long results are given again instead of new ones, milliseconds. Default 5,000. */
  readonly freshMs?: number | undefined;
  /** Starts a timer. Default `setTimeout`. */
  readonly timer?: Timer | undefined;
}

/** What this isolate knows of a set. */
interface Known {
  results: readonly ProbeResult[];
  at: number;
  /** Since when a request makes new ones; NaN if none does. */
  busySince: number;
}

const known = new WeakMap<object, Known>();

/**
 * Runs every probe now, due or not, and records each, as {@link runProbes} does. For `/health/deep`:
 * whoever asks again within 5 s in the same isolate gets the same results, and while one request
 * runs them others get those from before, up to a minute old. Never throws.
 */
export async function checkProbes<Env>(
  set: ProbeSet<Env>,
  env: Env,
  tacho: Recorder,
  options: CheckProbesOptions = {},
): Promise<readonly ProbeResult[]> {
  const { freshMs = FRESH_MS, timer = startTimer } = options;
  const nowMs = tacho.now();
  const before = known.get(set) ?? { results: [], at: -Infinity, busySince: Number.NaN };
  const ageMs = nowMs - before.at;
  // No request waits for another one's: it may end before its time and take its promises with it.
  const isBusy = nowMs - before.busySince < STALE_MS;
  if (ageMs >= 0 && ageMs < (isBusy ? STALE_MS : freshMs)) return before.results;
  known.set(set, { ...before, busySince: nowMs });
  const { target, probes } = set;
  const results = await runAll({ target, env, tacho, timer }, [...probes]);
  known.set(set, { results, at: tacho.now(), busySince: Number.NaN });
  return results;
}
