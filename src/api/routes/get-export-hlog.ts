import { D1Rollups } from "../../../durable-objects/storage/d1-rollups.ts";
import { config } from "../../configured.ts";
import { keptFrom } from "../../coordinator/retention.ts";
import { bucketCounts } from "../../histogram/bucket-counts.ts";
import { histogramLogHeader, histogramLogRow } from "../../histogram/histogram-log-writer.ts";
import { exportParts, toPoints } from "../../merge/history.ts";
import { type SeriesName, seriesKey } from "../../merge/series-name.ts";
import { DAY_MS, MINUTE_MS, startOf } from "../../merge/slot-time.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { Handler, RequestContext } from "../context.ts";
import { readHistory } from "../history-reader.ts";
import { queryName } from "../parse-query.ts";
import { invalidQuery, orThrow } from "../problem.ts";
import { readRange } from "./get-history.ts";

/** Longest range of one export: a week of minutes and some; ask for the next one after it. */
const MAX_RANGE_MS = 31 * DAY_MS;

const ENCODER = new TextEncoder();

/** `GET /v1/export.hlog[?target=…][&from=…][&to=…]` */
export const getExportHlog: Handler = async (_request, context) => {
  const query = context.url.searchParams;
  const nowMs = Date.now();
  const target = orThrow(queryName(query, "target"));
  const { from, to } = readRange(query, nowMs);
  if (to - from > MAX_RANGE_MS) {
    throw invalidQuery(
      "from",
      `must be at most ${MAX_RANGE_MS / DAY_MS} days before to; export in parts`,
    );
  }
  const series = await operationsOf(context, target, from);
  const lines = exportLines(context, series, from, to, nowMs);
  return new Response(toStream(lines), {
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Disposition": `attachment; filename="${target ?? context.who.tenant}.hlog"`,
      "Cache-Control": "no-store",
    },
  });
};

async function* exportLines(
  { env, who }: RequestContext,
  series: readonly SeriesName[],
  from: number,
  to: number,
  nowMs: number,
): AsyncGenerator<string> {
  yield histogramLogHeader(startOf(from, MINUTE_MS));
  const minutesFrom = keptFrom(config.retention, nowMs)[MINUTE_MS];
  for (const name of series) {
    for (const part of exportParts(from, to, minutesFrom)) {
      const range = { ...part, step: MINUTE_MS } as const;
      const { rows } = await readHistory(env, who.tenant, name, range, nowMs);
      for (const { at, stepMs, aggregate } of toPoints(rows, range)) {
        yield histogramLogRow({
          ...name,
          startMs: at,
          intervalMs: stepMs,
          maxUs: aggregate.maxUs,
          counts: bucketCounts(aggregate.counts),
        });
      }
    }
  }
}

/** Single operations only: the whole target would count every timing again. */
async function operationsOf(
  { env, who }: RequestContext,
  target: string | undefined,
  from: number,
): Promise<SeriesName[]> {
  const recent = await env.COORDINATOR.getByName(who.tenant).seriesSince(from);
  const stored = await new D1Rollups(env.DB, who.tenant).listSeries(MINUTE_MS);
  const all = new Map([...stored, ...recent].map((name) => [seriesKey(name), name]));
  return [...all.values()]
    .filter(
      (name) => name.operation !== WHOLE_TARGET && (target === undefined || name.target === target),
    )
    .toSorted((left, right) => (seriesKey(left) < seriesKey(right) ? -1 : 1));
}

/** A line is made when the reader asks for it. */
function toStream(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await lines.next();
      if (next.done === true) controller.close();
      else controller.enqueue(ENCODER.encode(next.value));
    },
    cancel: async () => {
      await lines.return(undefined);
    },
  });
}
