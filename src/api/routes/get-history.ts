import { bucketCounts } from "../../histogram/bucket-counts.ts";
import { encodeHdrV2Base64 } from "../../histogram/hdr-v2.ts";
import { type AggregatePoint, toPoints } from "../../merge/history.ts";
import { HOUR_MS } from "../../merge/slot-time.ts";
import { aggregateStats } from "../../merge/window-stats.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { Handler } from "../context.ts";
import type { HistoryAnswer, HistoryPoint } from "../history-answer.ts";
import { readHistory } from "../history-reader.ts";
import { MAX_POINTS, STEP_NAMES, STEPS } from "../history-steps.ts";
import {
  queryBoolean,
  queryChoice,
  queryEpochMs,
  queryName,
  queryOperation,
  required,
} from "../parse-query.ts";
import { invalidQuery, orThrow } from "../problem.ts";

/** `GET /v1/history?target=meta&operation=*&from=…&to=…&step=1m|1h|1d|all[&histogram=1]` */
export const getHistory: Handler = async (_request, { env, who, url }) => {
  const query = url.searchParams;
  const nowMs = Date.now();
  const target = orThrow(required("target", queryName(query, "target")));
  const operation = orThrow(queryOperation(query, "operation")) ?? WHOLE_TARGET;
  const stepName = orThrow(queryChoice(query, "step", STEP_NAMES)) ?? "1m";
  const { from, to } = readRange(query, nowMs);
  const step = STEPS[stepName];
  const points = step === "all" ? 1 : Math.ceil((to - from) / step);
  if (points > MAX_POINTS) {
    throw invalidQuery(
      "step",
      `gives ${points} points, at most ${MAX_POINTS} are answered; use a longer step`,
    );
  }
  const withHistogram = orThrow(queryBoolean(query, "histogram")) ?? false;
  const range = { from, to, step };
  const read = await readHistory(env, who.tenant, { target, operation }, range, nowMs);
  const { rows, covered } = read;
  const answer: HistoryAnswer = {
    target,
    operation,
    ...covered,
    step: stepName,
    points: toPoints(rows, { ...covered, step }).map((point) => toBody(point, withHistogram)),
  };
  return Response.json(answer);
};

/** `from` (default: an hour before `to`) and `to` (default: now). */
export function readRange(query: URLSearchParams, nowMs: number): { from: number; to: number } {
  const to = orThrow(queryEpochMs(query, "to")) ?? nowMs;
  const from = orThrow(queryEpochMs(query, "from")) ?? to - HOUR_MS;
  if (from >= to) throw invalidQuery("from", "must be before to");
  return { from, to };
}

function toBody({ aggregate, ...point }: AggregatePoint, withHistogram: boolean): HistoryPoint {
  const body = { ...point, ...aggregateStats(aggregate, point.coveredMs) };
  if (!withHistogram) return body;
  return { ...body, histogram: encodeHdrV2Base64(bucketCounts(aggregate.counts)) };
}
