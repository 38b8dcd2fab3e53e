import * as v from "valibot";
import type { HttpAsker } from "./http-asker.ts";
import type { QueryAnswer } from "./query-system.ts";
import { PERMILLES } from "./truth.ts";

/** The quantiles that are asked for, as MetricsQL has them in a label `phi`. */
export const PHIS = PERMILLES.map((permille) => String(permille / 1_000));

const AnswerSchema = v.object({
  data: v.object({
    result: v.array(
      v.object({
        metric: v.object({ target: v.string(), phi: v.string() }),
        value: v.tuple([v.number(), v.string()]),
      }),
    ),
  }),
});

/**
 * Asks VictoriaMetrics without its cache of results.
 * @param query MetricsQL that answers in milliseconds, by `target` and `phi`.
 * @param atMs the time of the query, epoch milliseconds.
 */
export async function askVictoriaMetrics(
  http: HttpAsker,
  query: string,
  atMs: number,
): Promise<QueryAnswer> {
  const time = (atMs / 1_000).toFixed(3);
  const search = new URLSearchParams({ query, time, nocache: "1" });
  const text = await http.get(`/api/v1/query?${search.toString()}`);
  const answer = v.parse(AnswerSchema, JSON.parse(text));
  const percentilesUs = new Map<string, number[]>();
  for (const { metric, value } of answer.data.result) {
    const values = percentilesUs.get(metric.target) ?? [];
    values[PHIS.indexOf(metric.phi)] = Number(value[1]) * 1_000;
    percentilesUs.set(metric.target, values);
  }
  return { percentilesUs };
}
