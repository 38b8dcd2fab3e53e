import { D1Rollups } from "../../../durable-objects/storage/d1-rollups.ts";
import { config } from "../../configured.ts";
import { keptFrom } from "../../coordinator/retention.ts";
import { isEmptyAggregate } from "../../histogram/aggregate.ts";
import { bucketCounts } from "../../histogram/bucket-counts.ts";
import { histogramLogHeader, histogramLogRow } from "../../histogram/histogram-log-writer.ts";
import { rowDetailsLine } from "../../histogram/row-details.ts";
import {
  type AggregatePoint,
  coverRange,
  exportParts,
  type TimeRange,
  toPoints,
  withRetention,
} from "../../merge/history.ts";
import { type SeriesName, seriesKey } from "../../merge/series-name.ts";
import { DAY_MS, MINUTE_MS, startOf } from "../../merge/slot-time.ts";
import type { StepMs } from "../../merge/tenant-store.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { Handler, RequestContext } from "../context.ts";
import { readHistory } from "../history-reader.ts";
import { STEPS } from "../history-steps.ts";
import { queryBoolean, queryChoice, queryName } from "../parse-query.ts";
import { invalidQuery, orThrow } from "../problem.ts";
import { readRange } from "./get-history.ts";

/** Longest range of one export: a week of minutes and some; ask for the next one after it. */
const MAX_RANGE_MS = 31 * DAY_MS;

const ENCODER = new TextEncoder();

/** Lengths of rows that may be asked for. */
const EXPORT_STEPS = ["1m", "1h", "1d"] as const;

/** How an export is written. */
interface ExportFormat {
  /** The shortest rows; older ones are as long as what is kept of them. */
  readonly stepMs: StepMs;
  /** Whether a comment before each row says what its histogram does not. */
  readonly hasDetails: boolean;
}

/** `GET /v1/export.hlog[?target=…][&from=…][&to=…][&step=1m|1h|1d][&details=1]` */
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
  const format: ExportFormat = {
    stepMs: STEPS[orThrow(queryChoice(query, "step", EXPORT_STEPS)) ?? "1m"],
    hasDetails: orThrow(queryBoolean(query, "details")) ?? false,
  };
  const range = { from, to };
  const series = await operationsOf(context, target, stepsOf(range, format, nowMs), from);
  const lines = exportLines(context, series, range, format, nowMs);
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
  { from, to }: TimeRange,
  { stepMs: step, hasDetails }: ExportFormat,
  nowMs: number,
): AsyncGenerator<string> {
  yield histogramLogHeader(startOf(from, MINUTE_MS));
  const minutesFrom = keptFrom(config.retention, nowMs)[MINUTE_MS];
  for (const name of series) {
    // Of hours a month fits into memory, of minutes a day.
    for (const part of exportParts(from, to, step === MINUTE_MS ? minutesFrom : Infinity)) {
      const range = { ...part, step };
      const { rows } = await readHistory(env, who.tenant, name, range, nowMs);
      for (const point of toPoints(rows, range)) {
        const row = rowOf(name, point, hasDetails);
        if (row !== undefined) yield row;
      }
    }
  }
}

/** A row with its details, as one text; undefined for what has no row. */
function rowOf(
  name: SeriesName,
  { at, stepMs, aggregate }: AggregatePoint,
  hasDetails: boolean,
): string | undefined {
  // Measures without timings have no histogram.
  if (isEmptyAggregate(aggregate) || (aggregate.count === 0 && !hasDetails)) return undefined;
  const row = histogramLogRow({
    ...name,
    startMs: at,
    intervalMs: stepMs,
    maxUs: Math.max(aggregate.maxUs, 0),
    counts: bucketCounts(aggregate.counts),
  });
  if (!hasDetails) return row;
  return rowDetailsLine({ tag: seriesKey(name), startMs: at, lengthMs: stepMs }, aggregate) + row;
}

/** The lengths of the rollups that an export reads. */
function stepsOf({ from, to }: TimeRange, { stepMs }: ExportFormat, nowMs: number): StepMs[] {
  const kept = keptFrom(config.retention, nowMs);
  const segments = withRetention(coverRange(from, to, stepMs), kept);
  return [...new Set(segments.map((segment) => segment.stepMs))];
}

/** Single operations only: the whole target would count every timing again. */
async function operationsOf(
  { env, who }: RequestContext,
  target: string | undefined,
  stepsMs: readonly StepMs[],
  from: number,
): Promise<SeriesName[]> {
  const recent = await env.COORDINATOR.getByName(who.tenant).seriesSince(from);
  const rollups = new D1Rollups(env.DB, who.tenant);
  const stored = await Promise.all(stepsMs.map((stepMs) => rollups.listSeries(stepMs)));
  const all = new Map([...stored.flat(), ...recent].map((name) => [seriesKey(name), name]));
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
