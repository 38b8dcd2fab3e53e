import { askVictoriaMetrics, PHIS } from "./ask-victoria-metrics.ts";
import { HttpAsker } from "./http-asker.ts";
import { inBatches } from "./in-batches.ts";
import type { QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings, type Question } from "./timings.ts";
import { interpolatedRank } from "./truth.ts";

const SAMPLES = 100_000;
const CONNECTIONS = 2;

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
    ask(question, targets) {
      // A window is open at its beginning and closed at its end: ours is the other way round.
      return askVictoriaMetrics(http, metricsQl(question, targets), question.to - 1);
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
