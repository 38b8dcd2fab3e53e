import { limitRule } from "../config.ts";
import { config } from "../configured.ts";
import { withDeadline } from "../deadline.ts";
import { noLimit } from "./limit-shard.ts";
import type { Problem } from "./problem.ts";

/** How long the coordinator may take: it answers from memory. */
const DEADLINE_MS = 2_000;

/** Most targets that an isolate remembers to be known; the oldest is forgotten first. */
const MAX_REMEMBERED = 10_000;

/** `TENANT/TARGET` of targets that have a shard: one that was made stays. */
const remembered = new Set<string>();

/**
 * Makes sure that asking the shard of a target's bucket does not make one for a target that nobody
 * has ever heard of: anybody with a token could fill the namespace with such objects. A target with
 * a configured limit is known; for others the coordinator is asked, since a shard announces itself
 * when its limit is set or timings are reported. Without its answer the shard itself is asked: the
 * coordinator must not make permits less available than the bucket is.
 * @param unknown - the problem if nobody knows the target.
 * @throws Problem 404, or what `unknown` returns.
 */
export async function requireKnown(
  env: Env,
  tenant: string,
  target: string,
  unknown: (target: string) => Problem = noLimit,
): Promise<void> {
  const key = `${tenant}/${target}`;
  if (limitRule(config, target) !== undefined || remembered.has(key)) return;
  const known = await knownTargets(env, tenant);
  if (known === undefined) return;
  if (!known.includes(target)) throw unknown(target);
  remember(key);
}

/** So that the coordinator need not be asked again. */
function remember(key: string): void {
  remembered.add(key);
  for (const oldest of remembered) {
    if (remembered.size <= MAX_REMEMBERED) break;
    remembered.delete(oldest);
  }
}

/** Targets that have a limit, or may have one that was set; undefined if the coordinator is silent. */
export async function knownTargets(
  env: Env,
  tenant: string,
): Promise<readonly string[] | undefined> {
  try {
    const call = env.COORDINATOR.getByName(tenant).limitTargets();
    return await withDeadline(call, DEADLINE_MS, "the coordinator's answer");
  } catch (cause) {
    console.error(`${tenant}: which targets have a limit by now is not known`, cause);
    return undefined;
  }
}
