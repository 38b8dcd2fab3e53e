import * as v from "valibot";
import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { HttpAsker } from "./http-asker.ts";
import { inBatches } from "./in-batches.ts";
import type { QueryAnswer, QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings } from "./timings.ts";
import { nearestRank } from "./truth.ts";

/** Of which the JSON stays below the 2 MB that D1 takes in a parameter. */
const ROWS = 80_000;

const INSERT = `
  INSERT INTO timings (target, operation, duration_us, outcome, at)
  SELECT ?1, '${OPERATION}', value ->> 0, 'ok', value ->> 1 FROM json_each(?2)`;

const AnswerSchema = v.object({
  p50Ms: v.number(),
  p90Ms: v.number(),
  p95Ms: v.number(),
  p99Ms: v.number(),
  "p99.9Ms": v.number(),
  rowsRead: v.number(),
});

/** A row per timing in D1, and percentiles by sorting: what is written first. */
export function d1RowsSystem({ naive, naiveDatabase }: ComparisonSystem): QuerySystem {
  const http = new HttpAsker(naive);
  let rowsRead = 0;
  return {
    name: "D1, a row per timing",
    holds: "a row per timing, by target and time",
    rule: nearestRank,
    load: (all, loaded) =>
      inBatches(all, { size: ROWS, connections: 1, loaded }, ({ target, ...timings }) =>
        naiveDatabase.prepare(INSERT).bind(target, pairs(timings)).run(),
      ),
    async ask({ from, to }, targets): Promise<QueryAnswer> {
      const answers = await Promise.all(
        targets.map(async (target) => {
          const text = await http.get(`/d1/percentiles?target=${target}&from=${from}&to=${to}`);
          const answer = v.parse(AnswerSchema, JSON.parse(text));
          rowsRead += answer.rowsRead;
          const { p50Ms, p90Ms, p95Ms, p99Ms } = answer;
          const values = [p50Ms, p90Ms, p95Ms, p99Ms, answer["p99.9Ms"]];
          return [target, values.map((ms) => ms * 1_000)] as const;
        }),
      );
      return { percentilesUs: new Map(answers) };
    },
    rowsRead: () => Promise.resolve(rowsRead),
  };
}

function pairs({ ats, durationsUs }: Omit<PlatformTimings, "target">): string {
  const rows: string[] = [];
  for (let i = 0; i < ats.length; i++) rows.push(`[${durationsUs[i] ?? 0},${ats[i] ?? 0}]`);
  return `[${rows.join(",")}]`;
}
