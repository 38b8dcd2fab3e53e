import { type BenchRow, failedRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { median, ratios } from "../lib/statistics.ts";
import type { Absences } from "./absence.ts";
import type { RatesBySystem, SystemRates } from "./measure-rates.ts";
import type { SystemName } from "./systems.ts";

const GOAL_VICTORIA_METRICS = 3;
const GOAL_INFLUXDB = 5;
const GOAL_ANSWER = 0.6;

/** What is compared, and what for. */
interface Comparison {
  readonly what: string;
  readonly size: number;
  readonly left: SystemName;
  readonly right: SystemName;
  /** Without it, it is shown. */
  readonly atLeast?: number;
  readonly note?: string;
  /** Another way of ours with the same, which the note has against the same peer. */
  readonly beside?: { readonly way: string; readonly left: SystemName };
}

const OVER_HTTP = { way: "over HTTP, as theirs", left: "json" } as const;

const COMPARISONS: readonly Comparison[] = [
  {
    what: "Timings/s at 1,000 a request, over the service binding, against VictoriaMetrics",
    size: 1_000,
    left: "binding",
    right: "victoriaMetrics",
    atLeast: GOAL_VICTORIA_METRICS,
    note: "ours is stored when it answers; its callers run in the same process and thread, theirs beside it",
    beside: OVER_HTTP,
  },
  {
    what: "Timings/s at 1,000 a request, over the service binding, against InfluxDB",
    size: 1_000,
    left: "binding",
    right: "influxdb",
    atLeast: GOAL_INFLUXDB,
    note: "ours has its callers in the same process and thread, theirs run beside it",
    beside: OVER_HTTP,
  },
  {
    what: "Timings/s at 1 a request over HTTP, against a Worker that only answers",
    size: 1,
    left: "json",
    right: "answer",
    atLeast: GOAL_ANSWER,
    note: "the same bodies, all of one platform",
  },
  {
    what: "The same, against a Worker that calls an object that does nothing",
    size: 1,
    left: "json",
    right: "hop",
    note: "what is stored durably and counted once has to reach one object: this is what that alone costs",
  },
  {
    what: "Timings/s at 1 a request over HTTP, with senders of five platforms, a shard each",
    size: 1,
    left: "spreadJson",
    right: "answer",
    note: "workerd waits for the disk in its one thread, here for five objects; on the platform they are five machines",
  },
  {
    what: "Timings/s at 1,000 a request, both over HTTP, ours as JSON, against VictoriaMetrics",
    size: 1_000,
    left: "json",
    right: "victoriaMetrics",
  },
  {
    what: "Timings/s at 1,000 a request, both over HTTP, ours as JSON, against InfluxDB",
    size: 1_000,
    left: "json",
    right: "influxdb",
  },
  {
    what: "Timings/s at 1,000 a request, aggregated by the sender, against VictoriaMetrics",
    size: 1_000,
    left: "histograms",
    right: "vmRanges",
    note: "its buckets are 14 % wide, ours 0.2 %",
  },
];

/** Goals, then what is shown beside them; who is missing is skipped, and who failed has failed. */
export function ingestRows(
  rates: ReadonlyMap<number, RatesBySystem>,
  absences: Absences,
): BenchRow[] {
  return COMPARISONS.map((comparison) => {
    const { what, size, left, right, atLeast, beside } = comparison;
    const goal = atLeast === undefined ? "–" : `≥ ${atLeast}×`;
    const bySystem = rates.get(size);
    const [ours, theirs] = [bySystem?.get(left), bySystem?.get(right)];
    if (ours === undefined || theirs === undefined) {
      const absent = [left, right].flatMap((name) => absences.get(name) ?? []);
      const why = absent.map(({ name, why: reason }) => `${name}: ${reason}`).join("; ");
      const isSkipped = absent.every(({ isMissing }) => isMissing);
      return isSkipped ? skippedRow(what, goal, why) : failedRow(what, why);
    }
    const other = beside && bySystem?.get(beside.left);
    const besideIt = other && `${beside.way}: ${figure(median(ratiosOf(other, theirs)))}×`;
    return ratioRow(comparison, goal, [ours, theirs], besideIt);
  });
}

function ratiosOf(ours: SystemRates, theirs: SystemRates): number[] {
  const [left, right] = [ours, theirs].map(({ runs }) => runs.map((run) => run.timingsPerSecond));
  return ratios(left ?? [], right ?? []);
}

function ratioRow(
  { what, atLeast, note }: Comparison,
  goal: string,
  [ours, theirs]: readonly [SystemRates, SystemRates],
  besideIt: string | undefined,
): BenchRow {
  const [left, right] = [ours, theirs].map(({ runs }) => runs.map((run) => run.timingsPerSecond));
  const [leftCpu, rightCpu] = [ours, theirs].map(({ runs }) => runs.map((run) => run.cpuUs));
  if (!left || !right || !leftCpu || !rightCpu) throw new Error("two systems were not measured");
  const ratio = ratiosOf(ours, theirs);
  const measured = median(ratio);
  return {
    what,
    goal,
    measured: `${figure(measured)}×`,
    verdict: atLeast === undefined ? "info" : verdictOf(measured >= atLeast),
    spread: spread(ratio),
    note: [
      ...(besideIt === undefined ? [] : [besideIt]),
      `${figure(median(left))}/s as ${ours.encoding} against ${figure(median(right))}/s as ${theirs.encoding}`,
      `CPU of the servers ${figure(median(leftCpu))} against ${figure(median(rightCpu))} µs a timing`,
      ...(note === undefined ? [] : [note]),
    ].join("; "),
    data: { ratio, left, right, leftCpuUs: leftCpu, rightCpuUs: rightCpu },
  };
}
