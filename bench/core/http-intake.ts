import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { httpLoad } from "../lib/http-load.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { startSystem, type System } from "../lib/workerd.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { forEachBucket } from "../../src/histogram/sparse-counts.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { sampleColumns } from "../workers/sample-columns.ts";

const TIMINGS = 1_000;
/** What a sender that aggregates may well have in one log. */
const MANY_TIMINGS = 10_000;
const CONNECTIONS = 16;
const GOAL_RATIO = 3;

/** The same thousand timings over HTTP, as JSON and as a HdrHistogram log. */
export async function measureHttpIntake({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const system = await startSystem();
  try {
    const durationMs = quick ? 500 : 2_000;
    const sequences = Array.from({ length: CONNECTIONS }, () => 0);
    const next = (connection: number): number => {
      const sequence = (sequences[connection] ?? 0) + 1;
      sequences[connection] = sequence;
      return sequence;
    };
    const timings = (): Promise<number> => postTimings(system, durationMs, next);
    const histograms = (): Promise<number> => postHistograms(system, durationMs, next, false);
    const byOutcome = (): Promise<number> => postHistograms(system, durationMs, next, true);
    const many = (): Promise<number> =>
      postHistograms(system, durationMs, next, false, MANY_TIMINGS);
    progress("HTTP: warming up");
    await timings();
    await histograms();
    progress(`HTTP: /v1/timings against /v1/histograms, ${CONNECTIONS} connections`);
    const rates = await interleaved({ timings, histograms, byOutcome, many }, quick ? 3 : 6);
    const ratio = ratios(rates.histograms, rates.timings);
    const manyRatio = ratios(rates.many, rates.timings);
    return [
      {
        what: `\`POST /v1/histograms\` against \`POST /v1/timings\`, ${TIMINGS} timings a request`,
        goal: `≥ ${GOAL_RATIO}×`,
        measured: `${figure(median(ratio))}×`,
        verdict: verdictOf(median(ratio) >= GOAL_RATIO),
        spread: spread(ratio),
        note:
          `${figure(median(rates.histograms) / 1e3)}k against ` +
          `${figure(median(rates.timings) / 1e3)}k timings/s; numbered reports, ` +
          `${CONNECTIONS} keep-alive connections from one Node process; three operations, a row each; ` +
          `with a row per operation and outcome ${figure(median(ratios(rates.byOutcome, rates.timings)))}×`,
        data: { ratio, ...rates },
      },
      {
        what: `The same with ${MANY_TIMINGS} timings in the histograms of a request`,
        goal: `≥ ${GOAL_RATIO}×`,
        measured: `${figure(median(manyRatio))}×`,
        verdict: verdictOf(median(manyRatio) >= GOAL_RATIO),
        spread: spread(manyRatio),
        note: `${figure(median(rates.many) / 1e6)} million timings/s; JSON carries ${TIMINGS} a request`,
        data: { manyRatio },
      },
    ];
  } finally {
    await system.stop();
  }
}

/** @returns timings per second. */
async function postTimings(
  system: System,
  durationMs: number,
  next: (connection: number) => number,
): Promise<number> {
  const { operations, baseAt, ...columns } = sampleColumns(TIMINGS, 1, Date.now());
  const list = Array.from(columns.durationUs, (durationUs, i) => ({
    target: "meta",
    operation: operations[columns.operationIndex[i] ?? 0],
    durationMs: durationUs / 1_000,
    outcome: OUTCOMES[columns.outcome[i] ?? 0],
    at: baseAt - 1_000 + (columns.atOffsetMs[i] ?? 0),
  }));
  const rest = `"timings":${JSON.stringify(list)}}`;
  const { perSecond } = await httpLoad({
    url: `${system.tachograph}/v1/timings`,
    headers: { authorization: "Bearer bench-ingest", "content-type": "application/json" },
    connections: CONNECTIONS,
    durationMs,
    body: (connection) => `{"reporter":"http-${connection}","sequence":${next(connection)},${rest}`,
  });
  return perSecond * TIMINGS;
}

/** @returns timings per second. */
async function postHistograms(
  system: System,
  durationMs: number,
  next: (connection: number) => number,
  isByOutcome: boolean,
  timings = TIMINGS,
): Promise<number> {
  const body = histogramLog(isByOutcome, timings);
  const { perSecond } = await httpLoad({
    url: `${system.tachograph}/v1/histograms?unit=us&rebase=now`,
    headers: { authorization: "Bearer bench-ingest", "content-type": "text/plain" },
    connections: CONNECTIONS,
    durationMs,
    body: () => body,
    query: (connection) => `&reporter=http-${connection}&sequence=${next(connection)}`,
  });
  return perSecond * timings;
}

/**
 * The timings as a log.
 * @param isByOutcome a row per operation and outcome; else a row per operation, all of them `ok`.
 */
export function histogramLog(isByOutcome: boolean, timings = TIMINGS): string {
  const { operations, durationUs, operationIndex, outcome } = sampleColumns(timings, 1, 0);
  const rows = new Map<string, AggregateBuilder>();
  for (const [i, value] of durationUs.entries()) {
    const ending = isByOutcome ? OUTCOMES[outcome[i] ?? 0] : "ok";
    const tag = `meta/${operations[operationIndex[i] ?? 0]}/${ending}`;
    const builder = rows.get(tag) ?? new AggregateBuilder();
    rows.set(tag, builder);
    builder.record(value, outcome[i] ?? 0);
  }
  const start = (Date.now() / 1_000).toFixed(3);
  const lines = [...rows].map(([tag, builder]) => {
    const { counts, maxUs } = builder.finish();
    const payload = encodeHdrV2Base64({ forEach: (visit) => forEachBucket(counts, visit) });
    return `Tag=${tag},${start},1.000,${(maxUs / 1e6).toFixed(3)},${payload}`;
  });
  return ["#[Histogram log format version 1.3]", ...lines, ""].join("\n");
}
