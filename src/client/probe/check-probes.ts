import { LOST, SingleFlight } from "../cache/single-flight.ts";
import type { Recorder } from "../recorder.ts";
import { startTimer, type Timer } from "../timer.ts";
import type { ProbeSet } from "./define-probes.ts";
import type { ProbeResult } from "./probe.ts";
import { runAll } from "./run-probes.ts";

/** How long results are given again. */
const FRESH_MS = 5_000;

/** How a check may differ from the usual one. */
export interface CheckProbesOptions {
  /** How long results are given again instead of new ones, milliseconds. Default 5,000. */
  readonly freshMs?: number | undefined;
  /** Starts a timer. Default `setTimeout`. */
  readonly timer?: Timer | undefined;
}

type Results = readonly ProbeResult[];

/** What this isolate knows of a set: plain data, of no request. */
interface SetMemory {
  readonly checks: SingleFlight<undefined, Results>;
  results: Results;
  /** When they came, epoch milliseconds. */
  at: number;
}

const memories = new WeakMap<object, SetMemory>();

/** A set has one check under way. */
const ALL = "all";

/**
 * Runs every probe now, due or not, and records each, as {@link runProbes} does. For `/health/deep`:
 * an isolate runs them once however many ask. Whoever asks again within 5 s gets the same results,
 * and whoever asks while they run waits for them, or runs them itself if the request that did is
 * dead for a second. Never throws.
 */
export async function checkProbes<Env>(
  set: ProbeSet<Env>,
  env: Env,
  tacho: Recorder,
  options: CheckProbesOptions = {},
): Promise<Results> {
  const { freshMs = FRESH_MS, timer = startTimer } = options;
  const memory = memoryOf(set, timer);
  const run = async (): Promise<Results> => {
    const { target, probes } = set;
    memory.results = await runAll({ target, env, tacho, timer }, [...probes]);
    memory.at = tacho.now();
    return memory.results;
  };
  // Each round that finds a dead request ends with one of those that wait in its place.
  for (;;) {
    const nowMs = tacho.now();
    const ageMs = nowMs - memory.at;
    if (ageMs >= 0 && ageMs < freshMs) return memory.results;
    const flight = memory.checks.underWay(ALL, nowMs);
    // Every check is a request of its own, so that none awaits what belongs to another one.
    const owner = {};
    if (flight === undefined) {
      return memory.checks.lead(ALL, owner, undefined, nowMs, Infinity, run);
    }
    // oxlint-disable-next-line eslint/no-await-in-loop -- whether there is another round is its result
    const results = await memory.checks.follow(flight, owner);
    if (results !== LOST) return results;
    memory.checks.drop(ALL, flight);
  }
}

function memoryOf(set: object, timer: Timer): SetMemory {
  let memory = memories.get(set);
  if (memory === undefined) {
    memory = { checks: new SingleFlight(timer), results: [], at: -Infinity };
    memories.set(set, memory);
  }
  return memory;
}
