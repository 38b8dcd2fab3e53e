import { config } from "../configured.ts";
import type { OperationExemplar } from "../exemplar.ts";
import { fanOut, type FanOutLimits } from "../coordinator/fan-out.ts";
import { addRejections, sumRejections } from "../merge/intake-ledger.ts";
import type { PermitTally } from "../wire/permits.ts";
import type { RejectionCounts } from "../wire/report.ts";
import { decodeShardAnswer, encodeShardReport } from "../wire/shard-message.ts";
import type { ShardAnswer, ShardReport } from "../wire/shard-rpc.ts";
import { directCalls, type ShardCalls } from "./shard-calls.ts";
import { shardFor } from "./shard-for.ts";

/** How long a shard may take: its linger, its commit, and a first placement. */
const LIMITS: FanOutLimits = { concurrency: 16, deadlineMs: 10_000 };

/** What a sender has for one target. */
export interface TargetIntake {
  readonly target: string;
  readonly reporter: string | undefined;
  readonly sequence: number | undefined;
  /** What decides on the shard where that is not the reporter. */
  readonly key?: string | undefined;
  readonly content: ShardReport["content"];
  readonly givenUp: number;
  /** What the reporter decided about permits by itself. */
  readonly tally?: PermitTally | undefined;
  /** Some of the timings by their traces; at most `MAX_REPORT_EXEMPLARS`. */
  readonly exemplars?: readonly OperationExemplar[] | undefined;
}

export interface TargetOutcome {
  readonly target: string;
  readonly answer: ShardAnswer;
}

/**
 * Hands each target's timings to its shard.
 * @param refused timings of the same request that were refused already; they are written into the
 * books with the first report, or by the coordinator if there is none.
 * @param limits how long the shards may take.
 * @param calls how they are called.
 * @returns what became of each, in order.
 */
export async function takeIn(
  env: Env,
  tenant: string,
  intakes: readonly TargetIntake[],
  refused: RejectionCounts,
  limits = LIMITS,
  calls = directCalls(env),
): Promise<TargetOutcome[]> {
  if (intakes.length === 0) {
    if (sumRejections(refused) > 0) await env.COORDINATOR.getByName(tenant).refuse(refused);
    return [];
  }
  const results = await fanOut(
    intakes.entries(),
    ([i, intake]) => send(calls, tenant, intake, i === 0 ? refused : {}),
    limits,
  );
  const outcomes: TargetOutcome[] = [];
  for (const { item, ...outcome } of results) {
    const [i, { target }] = item;
    outcomes[i] = {
      target,
      answer: outcome.ok
        ? outcome.result
        : {
            ok: false,
            reason: "unavailable",
            detail: `the shard of ${target} did not answer: ${outcome.error}`,
          },
    };
  }
  return outcomes;
}

async function send(
  calls: ShardCalls,
  tenant: string,
  { target, key, ...intake }: TargetIntake,
  refused: RejectionCounts,
): Promise<ShardAnswer> {
  const { reporter = key } = intake;
  const name = shardFor(config, { tenant, target, reporter }, Math.random());
  const message = encodeShardReport({ ...intake, refused });
  return decodeShardAnswer(await calls.report(name, message));
}

/** Sums what the shards refused. */
export function rejectionsOf(outcomes: readonly TargetOutcome[]): RejectionCounts {
  const sum: RejectionCounts = {};
  for (const { answer } of outcomes) if (answer.ok) addRejections(sum, answer.rejected);
  return sum;
}

/**
 * Whether this request was counted before: some target says so, and none counts anything now. A
 * target that was refused the first time is refused again, and makes no new request of a repeat.
 */
export function isRepeat(outcomes: readonly TargetOutcome[]): boolean {
  const answers = outcomes.flatMap(({ answer }) => (answer.ok ? answer : []));
  return (
    answers.some(({ duplicate }) => duplicate) && answers.every(({ accepted }) => accepted === 0)
  );
}
