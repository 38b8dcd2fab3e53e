import { D1Totals } from "../../durable-objects/storage/d1-totals.ts";
import { config } from "../configured.ts";
import { keptFrom } from "../coordinator/retention.ts";
import {
  coveredRange,
  coverRange,
  type HistoryStep,
  type Segment,
  type TimeRange,
  withRetention,
} from "../merge/history.ts";
import { type TotalPoint, totalPoints } from "../merge/total-points.ts";
import { askCoordinator } from "./ask-tenant.ts";
import { MAX_POINTS } from "./history-steps.ts";
import { invalidQuery } from "./problem.ts";

/** Most stored stretches that one answer adds up: D1 reads that many rows in a second or two. */
const MAX_STRETCHES = 250_000;

/** The range and grouping of a query, and its targets; all if absent. */
export interface TotalsAsked extends TimeRange {
  readonly step: HistoryStep;
  readonly targets: readonly string[] | undefined;
  /** The group that a target is counted in; the target itself for a point of each. */
  readonly groupOf: (target: string) => string;
}

/**
 * How many timings of whole targets, or of groups of them, ended how, each counted once: the rows of D1, and for what has
 * not arrived there yet those of the coordinator. With it comes the range that they really cover.
 *
 * It costs a call of the coordinator and one or two of D1, which reads the row of each target and
 * stretch of the covering (for `all` a day where whole days are asked for) and adds them up itself;
 * no histogram leaves it.
 * @throws Problem 400 if there are more points or stretches than are answered, 503 if the
 *   coordinator does not answer.
 */
export async function readTotals(
  env: Env,
  tenant: string,
  asked: TotalsAsked,
  nowMs: number,
): Promise<{ readonly points: TotalPoint[]; readonly covered: TimeRange }> {
  const { from, to, step, groupOf } = asked;
  const segments = withRetention(coverRange(from, to, step), keptFrom(config.retention, nowMs));
  const covered = coveredRange(asked, segments, nowMs);
  checkStretches(segments, asked.targets?.length ?? 1);
  // The coordinator first: what it carries to D1 in between is then read twice, and replaced.
  const unsettled = await askCoordinator(env, tenant, (coordinator) =>
    coordinator.unsettledTotals(segments, asked.targets),
  );
  const stored = new D1Totals(env.DB, tenant);
  const targets =
    asked.targets ?? (await stored.listTargets([...new Set(segments.map(({ stepMs }) => stepMs))]));
  checkStretches(segments, targets.length);
  // One more than is answered, so that too many are seen to be too many.
  const maxSums = MAX_POINTS + 1;
  const sums = await stored.read({ targets, groupOf, segments, step, unsettled, maxSums });
  const points = totalPoints(
    {
      ...sums,
      unsettled: unsettled.map((row) => ({ ...row, target: groupOf(row.target) })),
    },
    { ...covered, step },
  );
  if (points.length > MAX_POINTS) {
    throw invalidQuery(
      "step",
      `gives more than ${MAX_POINTS} points over all targets; use a longer step, a shorter range, ` +
        "some targets, or by=kind",
    );
  }
  return { points, covered };
}

function checkStretches(segments: readonly Segment[], targets: number): void {
  const stretches = targets * segments.reduce((sum, segment) => sum + lengthOf(segment), 0);
  if (stretches <= MAX_STRETCHES) return;
  throw invalidQuery(
    "step",
    `makes ${stretches} stored stretches to add up, at most ${MAX_STRETCHES} are; use a longer ` +
      "step, a shorter range, or fewer targets",
  );
}

/** How many stretches begin in it. */
function lengthOf({ stepMs, from, to }: Segment): number {
  return Math.max(0, Math.ceil((to - from) / stepMs));
}
