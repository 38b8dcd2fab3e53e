import { seededRandom } from "../../test/support/seeded-random.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { type Pace, simulateTraffic, type Traffic } from "../simulation/simulate-traffic.ts";
import { commitsOf, type CountedCoefficients } from "./coefficients.ts";
import {
  type CountedLoad,
  type CountedRun,
  gapsOf,
  objectRequestsOf,
  objectRowsOf,
} from "./counted-run.ts";
import { alarmsPerSecond, minuteRows, seriesOf } from "./usage-model.ts";

const GOAL = 0.15;
const WARM_UP_MS = 3_000;
/** Local: there is hardly a way, and a commit is no more than a call. */
const LOCAL = { networkMs: 1, commitMs: 1, roundTripMs: 4, waves: 1 } as const;
/** Requests come as they really did, but ticks begin at another time. */
const SIMULATIONS = 8;

/** What the model says of a run that its coefficients are not from, against what was counted in it. */
export async function predictionRow(
  load: CountedLoad,
  { durationMs, usage }: CountedRun,
  pace: Pace,
  targets: number,
  counted: CountedCoefficients,
): Promise<BenchRow> {
  const traffics: Traffic[] = [];
  for (let seed = 1; seed <= SIMULATIONS; seed++) {
    traffics.push(
      await simulateTraffic(
        { ...LOCAL, ...pace, targets, isolates: gapsOf(load) },
        WARM_UP_MS,
        durationMs,
        seededRandom(seed),
      ),
    );
  }
  const mean = (of: (traffic: Traffic) => number): number =>
    traffics.reduce((sum, traffic) => sum + of(traffic), 0) / traffics.length;
  const seconds = durationMs / 1_000;
  const alarms = alarmsPerSecond(pace.tickMs) * seconds;
  const collects = (targets * durationMs) / pace.tickMs;
  const commits = mean(({ commitsPerSecond }) => commitsPerSecond) * seconds;
  const requests =
    mean(({ shardRequestsPerSecond }) => shardRequestsPerSecond) * seconds + collects + alarms;
  const minute = minuteRows(counted, targets, seriesOf(targets, load.operations));
  const rows = commits * counted.rowsPerCommit + alarms + minute;
  const countedRequests = objectRequestsOf(usage);
  const countedRows = objectRowsOf(usage);
  const off = [requests / countedRequests, rows / countedRows].map((ratio) => Math.abs(ratio - 1));
  const worst = Math.max(...off);
  return {
    what: "The model's prediction of a run that it is not made from: requests and rows",
    goal: `within ${GOAL * 100} %`,
    measured: `${figure(worst * 100)} %`,
    verdict: verdictOf(worst <= GOAL),
    spread: "one run",
    note:
      `${figure(seconds)} s, watched, a minute ends in it; ${load.isolateRates.length} isolates with ` +
      `${load.isolateRates.join(", ")} requests/s: predicted ${figure(requests)} requests to objects and ` +
      `${figure(rows)} rows (${figure(commits)} log rows), counted ${countedRequests} and ${countedRows} ` +
      `(${commitsOf(usage)})`,
    data: { requests: [requests, countedRequests], rows: [rows, countedRows] },
  };
}
