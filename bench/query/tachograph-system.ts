import * as v from "valibot";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { bucketCounts } from "../../src/histogram/bucket-counts.ts";
import { histogramLogHeader, histogramLogRow } from "../../src/histogram/histogram-log-writer.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { COMPARISON_TOKEN, type ComparisonSystem } from "../lib/comparison-system.ts";
import { HttpAsker } from "./http-asker.ts";
import type { QueryAnswer, QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings, timingsWithin } from "./timings.ts";
import { nearestRank } from "./truth.ts";

/**
 * Days before the last one of which minutes are imported: as many as surely lie within the seven
 * days of which the product keeps them, whenever the data end; for a look, as many as are read.
 */
const DAYS_OF_MINUTES = { full: 5, quick: 1 };

const AnswerSchema = v.object({
  target: v.string(),
  points: v.tuple([
    v.object({
      p50Ms: v.number(),
      p90Ms: v.number(),
      p95Ms: v.number(),
      p99Ms: v.number(),
      p999Ms: v.number(),
    }),
  ]),
});

/** Tachograph: minutes of the last days, the hours and the days of all, each a histogram. */
export function tachographSystem(comparison: ComparisonSystem, quick: boolean): QuerySystem {
  const minuteDays = quick ? DAYS_OF_MINUTES.quick : DAYS_OF_MINUTES.full;
  const http = new HttpAsker(comparison.tachograph, {
    authorization: `Bearer ${COMPARISON_TOKEN}`,
  });
  return {
    name: "Tachograph",
    holds: `a histogram per minute of ${minuteDays + 1} days, per hour and per day`,
    rule: nearestRank,
    async load(all, loaded) {
      let count = 0;
      const importAll = async (timings: PlatformTimings): Promise<void> => {
        for (const { dayAt, ofDay, stepMs } of daysOf(timings, minuteDays)) {
          const query = new URLSearchParams({
            target: timings.target,
            operation: OPERATION,
            day: new Date(dayAt).toISOString().slice(0, 10),
            unit: "us",
            import: "bench",
          });
          await http.post(`/v1/history/import?${query.toString()}`, histogramLog(ofDay, stepMs));
          loaded((count += ofDay.ats.length));
        }
      };
      await Promise.all(all.map(importAll));
    },
    async ask({ from, to }, targets): Promise<QueryAnswer> {
      const answers = await Promise.all(
        targets.map(async (target) => {
          const query = `target=${target}&operation=*&from=${from}&to=${to}&step=all`;
          return v.parse(AnswerSchema, JSON.parse(await http.get(`/v1/history?${query}`)));
        }),
      );
      return {
        percentilesUs: new Map(
          answers.map(({ target, points: [{ p50Ms, p90Ms, p95Ms, p99Ms, p999Ms }] }) => [
            target,
            [p50Ms, p90Ms, p95Ms, p99Ms, p999Ms].map((ms) => ms * 1_000),
          ]),
        ),
      };
    },
    rowsRead: async () => (await comparison.usage("tachograph")).d1RowsRead,
  };
}

interface DayOfTimings {
  readonly dayAt: number;
  readonly ofDay: PlatformTimings;
  /** How long the rows are to be. */
  readonly stepMs: number;
}

function* daysOf(timings: PlatformTimings, minuteDays: number): Generator<DayOfTimings> {
  const { ats } = timings;
  const lastDayAt = startOf(ats.at(-1) ?? 0, DAY_MS);
  for (let dayAt = startOf(ats[0] ?? 0, DAY_MS); dayAt <= lastDayAt; dayAt += DAY_MS) {
    const ofDay = timingsWithin(timings, { from: dayAt, to: dayAt + DAY_MS });
    const hasMinutes = dayAt >= lastDayAt - minuteDays * DAY_MS;
    yield { dayAt, ofDay, stepMs: hasMinutes ? MINUTE_MS : HOUR_MS };
  }
}

/** One day of a platform as `POST /v1/history/import` takes it. */
function histogramLog(timings: PlatformTimings, stepMs: number): string {
  const { target, ats } = timings;
  const first = startOf(ats[0] ?? 0, stepMs);
  let text = histogramLogHeader(first);
  for (let at = first; at <= (ats.at(-1) ?? 0); at += stepMs) {
    const builder = new AggregateBuilder();
    const { durationsUs } = timingsWithin(timings, { from: at, to: at + stepMs });
    if (durationsUs.length === 0) continue;
    for (const durationUs of durationsUs) builder.record(durationUs, 0);
    const { maxUs, counts } = builder.finish();
    text += histogramLogRow({
      target,
      operation: OPERATION,
      startMs: at,
      intervalMs: stepMs,
      maxUs,
      counts: bucketCounts(counts),
    });
  }
  return text;
}
