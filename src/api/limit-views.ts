import { shardCount, type TachographConfig } from "../config.ts";
import { fanOut } from "../coordinator/fan-out.ts";
import { withTally } from "../limits/with-tally.ts";
import type { LimitView, PermitTally } from "../wire/permits.ts";
import { LIMIT_DEADLINE_MS, LIMIT_RETRY_MS, limitShard } from "./limit-shard.ts";
import { type Problem, unavailable } from "./problem.ts";

/** How many shards are asked at the same time. */
const CONCURRENCY = 16;

const LIMITS = { concurrency: CONCURRENCY, deadlineMs: LIMIT_DEADLINE_MS };

/** The buckets of some targets, as far as their shards answered. */
export interface ReadLimits {
  /** In the order of the targets; those without a limit are left out. */
  readonly views: LimitView[];
  /** Targets of which a shard did not answer: nothing is said of them, for it would be wrong. */
  readonly missing: string[];
  /** A 503 that names one of those shards; undefined if nothing is missing. */
  readonly problem: Problem | undefined;
}

/** Reads the buckets of some targets. It never rejects. */
export async function readLimits(
  env: Env,
  config: TachographConfig,
  tenant: string,
  targets: readonly string[],
): Promise<ReadLimits> {
  const read = async (target: string): Promise<LimitView | null> => {
    const view = await limitShard(env, tenant, target).limit();
    return view;
  };
  const views: LimitView[] = [];
  const missing: string[] = [];
  let problem: Problem | undefined;
  for (const { item: target, ...outcome } of await fanOut(targets, read, LIMITS)) {
    if (outcome.ok) {
      if (outcome.result !== null) views.push(outcome.result);
      continue;
    }
    missing.push(target);
    problem = noAnswer(target, 0, outcome.error);
  }
  const whole = await withTallies(env, config, tenant, views);
  const byOrder = (left: string, right: string): number =>
    targets.indexOf(left) - targets.indexOf(right);
  return {
    views: whole.views.toSorted((left, right) => byOrder(left.target, right.target)),
    missing: [...missing, ...whole.missing].toSorted(byOrder),
    problem: problem ?? whole.problem,
  };
}

/**
 * Adds what holders decided who report to other shards of a target than its bucket's. It never
 * rejects.
 */
export async function withTallies(
  env: Env,
  config: TachographConfig,
  tenant: string,
  views: readonly LimitView[],
): Promise<ReadLimits> {
  const others = views.flatMap(({ target }) =>
    Array.from({ length: shardCount(config, target) - 1 }, (_, i) => ({ target, number: i + 1 })),
  );
  const read = async ({ target, number }: (typeof others)[number]): Promise<PermitTally> =>
    limitShard(env, tenant, target, number).tally();
  const whole = new Map(views.map((view) => [view.target, view]));
  const missing = new Set<string>();
  let problem: Problem | undefined;
  for (const { item, ...outcome } of await fanOut(others, read, LIMITS)) {
    if (!outcome.ok) {
      missing.add(item.target);
      problem = noAnswer(item.target, item.number, outcome.error);
      continue;
    }
    const view = whole.get(item.target);
    if (view !== undefined) whole.set(item.target, withTally(view, outcome.result));
  }
  for (const target of missing) whole.delete(target);
  return { views: [...whole.values()], missing: [...missing], problem };
}

function noAnswer(target: string, number: number, error: string): Problem {
  console.error(`shard ${number} of ${target} did not answer about its limit`, error);
  return unavailable(`Shard ${number} of ${target} did not answer; try again.`, LIMIT_RETRY_MS);
}
