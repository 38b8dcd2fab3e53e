import * as v from "valibot";
import type { TotalsPoint } from "../../api/totals-answer.ts";
import type { TimeRange } from "../../merge/history.ts";
import type { SeriesName } from "../../merge/series-name.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";
import { WHOLE_TARGET } from "../../names.ts";
import { HISTORY } from "../api/history-shape.ts";
import { Shape } from "../api/shape.ts";
import { type RetryOptions, withRetries } from "../api/with-retries.ts";
import { noteWait } from "../output/note-wait.ts";
import type { TextSink } from "../output/text-sink.ts";
import type { CliSession } from "../session.ts";
import { dayParts } from "./day-parts.ts";
import type { ExportPlan, ExportResult } from "./export-plan.ts";
import { HISTORY_CSV_HEADER, historyCsvRow } from "./history-csv.ts";

/** Days of one request: 744 hours, of 10,000 points that are answered at most. */
const DAYS_OF_REQUEST = 31;

/** How often each part is asked for: one that fails should not cost all that came before. */
const ATTEMPTS = 4;

/** What of `/v1/live` says which series there are. */
const LIVE_SERIES = new Shape<{ readonly series: readonly SeriesName[] }>(
  v.looseObject({
    series: v.array(v.looseObject({ target: v.string(), operation: v.string() })),
  }),
);

/** The same of `/v1/totals`. */
const TOTALS_TARGETS = new Shape<{ readonly points: readonly Pick<TotalsPoint, "target">[] }>(
  v.looseObject({ points: v.array(v.looseObject({ target: v.string() })) }),
);

/**
 * Writes one row per series and hour that has timings; of hours that are not kept any more, one
 * per day.
 * @param onProgress - told how many of how many requests are done.
 * @throws CliError
 */
export async function exportCsv(
  session: CliSession,
  plan: ExportPlan,
  sink: TextSink,
  onProgress: (done: number, total: number) => void,
): Promise<ExportResult> {
  const series = await seriesOf(session, plan);
  const parts = dayParts(plan.range.from, plan.range.to, DAYS_OF_REQUEST);
  const total = series.length * parts.length;
  await sink.write(HISTORY_CSV_HEADER);
  let [rows, withRows] = [0, 0];
  for (const [index, name] of series.entries()) {
    const before = rows;
    for (const [done, { from, to }] of parts.entries()) {
      onProgress(index * parts.length + done, total);
      const query = { ...name, from, to, step: "1h" };
      const { points } = await withRetries(retriesOf(session), () =>
        session.api.read("/v1/history", HISTORY, { query }),
      );
      await sink.write(points.map((point) => historyCsvRow(name, point)).join(""));
      rows += points.length;
    }
    if (rows > before) withRows += 1;
  }
  return { rows, series: withRows };
}

/** In the order of their names. */
async function seriesOf(session: CliSession, plan: ExportPlan): Promise<SeriesName[]> {
  const { targets, operations, isAll, range } = plan;
  if (!isAll) {
    const named = operations.length === 0 ? [WHOLE_TARGET] : operations;
    return targets.flatMap((target) => named.map((operation) => ({ target, operation })));
  }
  const known = await knownSeries(session, range);
  return known
    .filter(({ target }) => targets.length === 0 || targets.includes(target))
    .filter(({ operation }) => operations.length === 0 || operations.includes(operation))
    .toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

/** What is live, and targets that only history knows: of these, the whole target. */
async function knownSeries(session: CliSession, range: TimeRange): Promise<SeriesName[]> {
  const { api } = session;
  const retries = retriesOf(session);
  const live = await withRetries(retries, () => api.read("/v1/live", LIVE_SERIES));
  const past: SeriesName[] = [];
  // Whole days: the server adds up one stored stretch for each, and not 1,440 minutes.
  const [from, to] = [startOf(range.from, DAY_MS), startOf(range.to + DAY_MS - 1, DAY_MS)];
  for (const part of dayParts(from, to, DAYS_OF_REQUEST)) {
    const query = { ...part, step: "all" };
    const { points } = await withRetries(retries, () =>
      api.read("/v1/totals", TOTALS_TARGETS, { query }),
    );
    past.push(...points.map(({ target }) => ({ target, operation: WHOLE_TARGET })));
  }
  const names = [...live.series, ...past].map(({ target, operation }) => ({ target, operation }));
  return [...new Map(names.map((name) => [keyOf(name), name])).values()];
}

function retriesOf({ io, printer }: CliSession): RetryOptions {
  return { attempts: ATTEMPTS, signal: io.signal, onWait: noteWait(printer), wait: io.pause };
}

function keyOf({ target, operation }: SeriesName): string {
  return `${target}/${operation}`;
}
