import * as v from "valibot";
import { HttpAsker } from "./http-asker.ts";
import { inBatches } from "./in-batches.ts";
import type { QueryAnswer, QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings, type Question } from "./timings.ts";
import { interpolatedRank, PERMILLES } from "./truth.ts";

const SAMPLES = 100_000;
const CONNECTIONS = 2;

const PHIS = PERMILLES.map((permille) => String(permille / 1_000));

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

/** VictoriaMetrics over raw samples: one per timing, and its own quantiles over them. */
export function victoriaMetricsSystem(url: string): QuerySystem {
  const http = new HttpAsker(url);
  return {
    name: "VictoriaMetrics, raw samples",
    holds: "a sample per timing",
    rule: interpolatedRank,
    async load(all, loaded) {
      await inBatches(all, { size: SAMPLES, connections: CONNECTIONS, loaded }, (batch) =>
        http.post("/api/v1/import", jsonLine(batch)),
      );
      // What has just come is searched for only after a second or two, unless it is told to.
      await http.get("/internal/force_flush");
    },
    async ask(question, targets): Promise<QueryAnswer> {
      const query = new URLSearchParams({
        query: metricsQl(question, targets),
        // A window is open at its beginning and closed at its end: ours is the other way round.
        time: ((question.to - 1) / 1_000).toFixed(3),
        nocache: "1",
      });
      const answer = v.parse(
        AnswerSchema,
        JSON.parse(await http.get(`/api/v1/query?${query.toString()}`)),
      );
      const percentilesUs = new Map<string, number[]>();
      for (const { metric, value } of answer.data.result) {
        const values = percentilesUs.get(metric.target) ?? [];
        values[PHIS.indexOf(metric.phi)] = Number(value[1]) * 1_000;
        percentilesUs.set(metric.target, values);
      }
      return { percentilesUs };
    },
  };
}

function metricsQl({ from, to }: Question, targets: readonly string[]): string {
  const series = targets.length === 1 ? `timing_ms{target="${targets.join("")}"}` : "timing_ms";
  return `quantiles_over_time("phi", ${PHIS.join(", ")}, ${series}[${to - from}ms])`;
}

function jsonLine({ target, ats, durationsUs }: PlatformTimings): string {
  return `${JSON.stringify({
    metric: { __name__: "timing_ms", target, operation: OPERATION },
    values: Array.from(durationsUs, (us) => us / 1_000),
    timestamps: [...ats],
  })}\n`;
}
