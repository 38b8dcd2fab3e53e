import { targetKind, tenantConfig } from "../../config.ts";
import { config } from "../../configured.ts";
import type { TotalPoint } from "../../merge/total-points.ts";
import { WHOLE_TARGET } from "../../names.ts";
import { failedOf, outcomeCount } from "../../outcome.ts";
import { TARGET_KINDS, type TargetKind } from "../../target-kind.ts";
import type { Handler } from "../context.ts";
import { MAX_POINTS, STEP_NAMES, STEPS } from "../history-steps.ts";
import { queryChoice, queryNames } from "../parse-query.ts";
import { invalidQuery, orThrow } from "../problem.ts";
import { GROUPINGS, type TotalsAnswer, type TotalsPoint } from "../totals-answer.ts";
import { readTotals } from "../totals-reader.ts";
import { readRange } from "./get-history.ts";

/**
 * `GET /v1/totals?from=…&to=…&step=1m|1h|1d|all[&targets=a,b][&by=target|kind]`: exact counts of
 * whole targets, for tables, bars and lines that need no percentile. What it costs: see {@link readTotals}.
 */
export const getTotals: Handler = async (_request, { env, who, url }) => {
  const query = url.searchParams;
  const nowMs = Date.now();
  const stepName = orThrow(queryChoice(query, "step", STEP_NAMES)) ?? "all";
  const targets = orThrow(queryNames(query, "targets"));
  const by = orThrow(queryChoice(query, "by", GROUPINGS)) ?? "target";
  const { from, to } = readRange(query, nowMs);
  const step = STEPS[stepName];
  const steps = step === "all" ? 1 : Math.ceil((to - from) / step);
  if (steps > MAX_POINTS) {
    throw invalidQuery(
      "step",
      `gives ${steps} points a target, at most ${MAX_POINTS} are answered; use a longer step`,
    );
  }
  const own = tenantConfig(config, who.tenant);
  const kindOf = (target: string): TargetKind => targetKind(own, target);
  const groupOf = by === "kind" ? kindOf : (target: string): string => target;
  const read = await readTotals(env, who.tenant, { from, to, step, targets, groupOf }, nowMs);
  const answer: TotalsAnswer = {
    ...read.covered,
    step: stepName,
    by,
    points: read.points.map((point) =>
      by === "kind"
        ? { ...toBody(point), target: WHOLE_TARGET, kind: kindCalled(point.target) }
        : { ...toBody(point), target: point.target, kind: kindOf(point.target) },
    ),
  };
  return Response.json(answer);
};

/** @param group a name that `groupOf` gave, as it came back from D1. */
function kindCalled(group: string): TargetKind {
  const kind = TARGET_KINDS.find((known) => known === group);
  if (kind === undefined) throw new Error(`The totals have a group "${group}", which is no kind.`);
  return kind;
}

function toBody(point: TotalPoint): Omit<TotalsPoint, "target" | "kind"> {
  const { at, stepMs, coveredMs, count, outcomes } = point;
  return {
    at,
    stepMs,
    coveredMs,
    count,
    perSecond: count / (coveredMs / 1000),
    ok: outcomeCount(outcomes, "ok"),
    error: outcomeCount(outcomes, "error"),
    timeout: outcomeCount(outcomes, "timeout"),
    rateLimited: outcomeCount(outcomes, "rate_limited"),
    hit: outcomeCount(outcomes, "hit"),
    miss: outcomeCount(outcomes, "miss"),
    errorRate: failedOf(outcomes) / count,
  };
}
