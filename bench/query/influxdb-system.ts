import * as v from "valibot";
import { INFLUX_DATABASE } from "../peers/influxdb.ts";
import type { Peer } from "../peers/peer.ts";
import { HttpAsker } from "./http-asker.ts";
import { inBatches } from "./in-batches.ts";
import type { QueryAnswer, QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings, type Question } from "./timings.ts";
import { PERMILLES, roundedRank } from "./truth.ts";
import { untilStill } from "./until-still.ts";

/** What its documentation recommends is 5,000 to 10,000. */
const LINES = 10_000;
const CONNECTIONS = 4;
/** It looks once a second whether there was no write for a second. */
const COMPACTED = { stillMs: 3_500, deadlineMs: 60_000 };

const AnswerSchema = v.object({
  results: v.array(
    v.object({
      statement_id: v.number(),
      // A time, and the percentiles.
      series: v.tuple([
        v.object({ values: v.tuple([v.tupleWithRest([v.unknown()], v.number())]) }),
      ]),
    }),
  ),
});

/**
 * InfluxDB over its raw points, compacted: a point per timing, and its own `PERCENTILE()` over them. A request
 * has a statement for each platform: with `GROUP BY target` in one statement it takes twice the CPU
 * time, and no other form takes less than this one.
 * @param peer started to compact at once.
 */
export function influxdbSystem({ url, directory }: Peer): QuerySystem {
  const http = new HttpAsker(url);
  return {
    name: "InfluxDB",
    holds: "a point per timing, compacted",
    rule: roundedRank,
    async load(all, loaded) {
      await inBatches(all, { size: LINES, connections: CONNECTIONS, loaded }, (batch) =>
        http.post(`/write?db=${INFLUX_DATABASE}&precision=ms`, lines(batch)),
      );
      await untilStill(directory, COMPACTED);
    },
    async ask(question, targets): Promise<QueryAnswer> {
      const statements = targets.map((target) => influxQl(question, target));
      const query = new URLSearchParams({ db: INFLUX_DATABASE, q: statements.join("; ") });
      const answer = v.parse(
        AnswerSchema,
        JSON.parse(await http.get(`/query?${query.toString()}`)),
      );
      return {
        percentilesUs: new Map(
          answer.results.map(({ statement_id: statement, series }) => [
            targets[statement] ?? "",
            series[0].values[0].slice(1).map((ms) => Number(ms) * 1_000),
          ]),
        ),
      };
    },
  };
}

function influxQl({ from, to }: Question, target: string): string {
  const percentiles = PERMILLES.map((permille) => `PERCENTILE(ms, ${permille / 10})`).join(", ");
  return `SELECT ${percentiles} FROM timing WHERE time >= ${from}ms AND time < ${to}ms AND target = '${target}'`;
}

function lines({ target, ats, durationsUs }: PlatformTimings): string {
  const series = `timing,target=${target},operation=${OPERATION} ms=`;
  let text = "";
  for (let i = 0; i < ats.length; i++) {
    text += `${series}${(durationsUs[i] ?? 0) / 1_000} ${ats[i] ?? 0}\n`;
  }
  return text;
}
