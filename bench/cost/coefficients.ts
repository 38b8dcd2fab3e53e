import type { Usage } from "../workers/usage.ts";
import type { CountedRun } from "./counted-run.ts";
import { type Coefficients, seriesOf } from "./usage-model.ts";

/** A run in which one minute ended, and what reported in it. */
export interface MinuteRun {
  readonly run: CountedRun;
  readonly targets: number;
  readonly operations: number;
}

/** What the model takes from counted runs. */
export type CountedCoefficients = Omit<
  Coefficients,
  "requestCpuMs" | "flushCpuMs" | "flushCpuMsPerTarget" | "historyBytesPerSeries"
>;

/** Tables of which each series, or each shard, has rows of its own at the end of a minute. */
const OF_SERIES = new Set(["slots"]);
const OF_SHARDS = new Set(["shards", "state"]);
const LOG = "log";

/**
 * What each thing took of rows, from runs with one shard a target.
 * @throws if nothing was written in them that has to be: then they do not show what they should.
 */
export function coefficientsOf(runs: readonly MinuteRun[]): CountedCoefficients {
  const usages = runs.map(({ run }) => run.usage);
  const series = sum(runs.map(({ targets, operations }) => seriesOf(targets, operations)));
  const shards = sum(runs.map(({ targets }) => targets));
  const rowsOf = (isIncluded: (table: string) => boolean): number =>
    sum(usages.map((usage) => rowsWhere(usage, isIncluded)));
  const seriesRows = rowsOf((table) => OF_SERIES.has(table));
  const shardRows = rowsOf((table) => OF_SHARDS.has(table));
  const logRows = rowsOf((table) => table === LOG);
  const commits = sum(usages.map(commitsOf));
  const d1Rows = sum(usages.map(({ d1RowsWritten }) => d1RowsWritten));
  if (Math.min(commits, seriesRows, shardRows, d1Rows) === 0) {
    throw new Error(
      `no minute ended in a counted run: ${commits} commits, rows of series ${seriesRows}, of shards ${shardRows}, in D1 ${d1Rows}`,
    );
  }
  const rows = sum(usages.map(({ rowsWritten }) => rowsWritten));
  return {
    rowsPerCommit: logRows / commits,
    minuteRowsPerSeries: seriesRows / series,
    minuteRowsPerShard: shardRows / shards,
    minuteRowsOfTenant: (rows - logRows - seriesRows - shardRows) / runs.length,
    minuteD1RowsPerSeries: d1Rows / series,
    readsPerRow: sum(usages.map(({ rowsRead }) => rowsRead)) / rows,
    d1ReadsPerRow: sum(usages.map(({ d1RowsRead }) => d1RowsRead)) / d1Rows,
  };
}

/** Log rows: each is a new one, or takes the place of one that was let go of. */
export function commitsOf({ writes }: Usage): number {
  return ["INSERT", "UPDATE"].reduce(
    (commits, verb) => commits + (writes[`${verb} ${LOG}`]?.statements ?? 0),
    0,
  );
}

function rowsWhere({ writes }: Usage, isIncluded: (table: string) => boolean): number {
  return sum(
    Object.entries(writes).map(([what, { rows }]) =>
      isIncluded(what.split(" ")[1] ?? "") ? rows : 0,
    ),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
