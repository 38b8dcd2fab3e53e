import { isName } from "../../names.ts";
import type { Probe } from "./probe.ts";
import { probeFaults } from "./probe-faults.ts";

/** Most probes of one set: as many operations as a target has. */
export const MAX_PROBES = 64;

/** How often a probe runs unless it says otherwise, milliseconds. */
export const DEFAULT_EVERY_MS = 60_000;

/** Probes that have been checked, under their names. */
export interface ProbeSet<Env> {
  /** The target under which they are recorded. */
  readonly target: string;
  readonly probes: ReadonlyMap<string, Probe<Env>>;
}

/**
 * Checks probes and gives them to {@link runProbes} and {@link checkProbes}. Call it once, at the
 * top of a module: a mistake stops the deployment.
 *
 * @param probes - By their names, `[a-z0-9][a-z0-9_.:-]{0,63}`; at most 64.
 * @param options - `target`: the name under which they are recorded. Default `probe`; of kind probe
 * by itself is also `probe.` with something after it, as for a second Worker's.
 * @throws TypeError that names every fault.
 */
export function defineProbes<Env>(
  probes: Readonly<Record<string, Probe<Env>>>,
  options: { readonly target?: string | undefined } = {},
): ProbeSet<Env> {
  const { target = "probe" } = options;
  const entries = Object.entries(probes);
  const faults = entries.flatMap(([name, probe]) =>
    probeFaults(probe).map((fault) => `${name}: ${fault}`),
  );
  for (const [name] of entries) {
    if (!isName(name)) faults.push(`${JSON.stringify(name)} is no name; ${NAMES}`);
  }
  if (!isName(target)) faults.push(`target: ${JSON.stringify(target)} is no name; ${NAMES}`);
  if (entries.length > MAX_PROBES) {
    faults.push(`${entries.length} probes, at most ${MAX_PROBES} fit a target`);
  }
  if (faults.length > 0) throw new TypeError(`Probes are at fault. ${faults.join("; ")}`);
  return { target, probes: new Map(entries) };
}

const NAMES = "use 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit";
