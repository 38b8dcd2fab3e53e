import type { BenchTable } from "../lib/bench-table.ts";
import { figure } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import type { AnswerFigures, SystemFigures } from "./ask-all.ts";
import type { QueryFigures } from "./percentiles.ts";
import { platforms } from "./query-rows.ts";

/** Below it a difference is that of binary fractions. */
const EXACT = 1e-9;

const EMPTY = "–";

/** A table for one platform and for all, and one of what was loaded. */
export function queryTables(figures: QueryFigures): BenchTable[] {
  const [ours] = figures.systems;
  if (ours === undefined) return [];
  const sizes = [...new Set(ours.answers.map(({ plan }) => plan.targets.length))];
  return [...sizes.map((size) => answersTable(figures, size)), loadTable(figures)];
}

function answersTable(
  { systems, missing, failed, timings }: QueryFigures,
  size: number,
): BenchTable {
  const of = ({ answers }: SystemFigures): AnswerFigures[] =>
    answers.filter(({ plan }) => plan.targets.length === size);
  const asked = systems.flatMap((one) => of(one).slice(0, 1))[0];
  const names = systems.slice(0, 1).flatMap((one) => of(one).map(({ plan }) => plan.question.name));
  const data = systems.flatMap((one) =>
    of(one).map(
      ({ plan, roundsMs }) => [`${one.system.name}, ${plan.question.name}`, roundsMs] as const,
    ),
  );
  const rounds = systems.slice(0, 1).flatMap((one) => of(one).map(({ plan }) => plan.rounds));
  return {
    title:
      `p50, p90, p95, p99 and p99.9 of ${asked === undefined ? EMPTY : platforms(asked)}, of ` +
      `${timings.toLocaleString("en-US")} timings of five: ms per query (the first)`,
    columns: ["System", ...names, "Rows of D1 read", "Worst error"],
    rows: [
      ...systems.map((one) => [
        one.system.name,
        ...of(one).map(
          ({ roundsMs, firstMs }) => `${figure(median(roundsMs))} (${figure(firstMs)})`,
        ),
        rowsCell(of(one)),
        errorCell(of(one)),
      ]),
      ...[...missing, ...failed].map(({ name }) => [name, ...names.map(() => EMPTY), EMPTY, EMPTY]),
    ],
    notes: [
      `Medians of ${rounds.join(", ")} rounds that take turns (0: the first answer is the only one); ` +
        "what answers within 100 ms is asked up to 20 times in a round.",
      "Errors are against the sorted timings, by each system's own rule of ranks.",
      ...missing.map(({ name, missing: why }) => `${name}: ${why}.`),
      ...failed.map(({ name, why }) => `${name}: ${why}.`),
    ],
    data: Object.fromEntries(data),
  };
}

function rowsCell(answers: readonly AnswerFigures[]): string {
  if (answers.some(({ rowsRead }) => rowsRead === undefined)) return EMPTY;
  return answers.map(({ rowsRead = 0 }) => rowsRead.toLocaleString("en-US")).join(" / ");
}

function errorCell(answers: readonly AnswerFigures[]): string {
  const worst = Math.max(...answers.map(({ error }) => error));
  return worst < EXACT ? "exact" : `${figure(worst * 100)} %`;
}

function loadTable({ systems, timings }: QueryFigures): BenchTable {
  return {
    title: `What they hold of ${timings.toLocaleString("en-US")} timings of 30 days, and how long it took to load`,
    columns: ["System", "Holds", "Seconds", "Timings/s"],
    rows: systems.map(({ system, loadSeconds }) => [
      system.name,
      system.holds,
      figure(loadSeconds),
      figure(timings / loadSeconds),
    ]),
    notes: [
      "A quarter of the timings is of the last 24 h, a four-hundredth of the last minute; log-normal, " +
        "medians of 90 to 310 ms.",
      "Tachograph: histograms as its client would have made them, by `POST /v1/history/import`. D1: " +
        "80,000 rows a statement, past any Worker. The month begins with a whole hour, as minutes are " +
        "kept for 7 days.",
      "The Worker and D1 run in one workerd of this machine; on Cloudflare the way to D1 comes on top, " +
        "and D1 ends a statement after 30 s.",
      "InfluxDB: fully compacted before it is asked, which it would be after four hours and is part of its " +
        "seconds; a statement for each platform in one request, the quickest form that was found.",
      "VictoriaMetrics: without its cache of results. Raw samples, by `quantiles_over_time`, are what " +
        "answers exactly and what hardly anybody keeps; usual are its histograms, by `increase` and " +
        "`histogram_quantiles`. Nothing of it thins samples out: a month of them would have a sample " +
        "per minute, 15 times as many as here.",
      "Rows read are as workerd counts them: the sorting of a row per timing reads its own rows again.",
    ],
    data: Object.fromEntries(
      systems.map(({ system, loadSeconds }) => [`${system.name}, load s`, loadSeconds]),
    ),
  };
}
