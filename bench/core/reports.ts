import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { processCpuMs, startSystem } from "../lib/workerd.ts";
import type { DriverResult } from "../workers/shard-driver.ts";

const CALLERS = 32;
const GOAL_RATIO = 0.6;
const GOAL_ROWS = 1 / 20;
const GOAL_TIMINGS_PER_SECOND = 4_000_000;

/** Durable reports to one shard: of one timing each, and of a thousand. */
export async function measureReports({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const system = await startSystem();
  try {
    const ms = quick ? 400 : 1_500;
    const rounds = quick ? 3 : 7;
    const drive = async (what: string, timings: number): Promise<DriverResult> => {
      const query = `callers=${CALLERS}&timings=${timings}&ms=${ms}`;
      const response = await fetch(`${system.driver}/${what}?${query}`);
      if (!response.ok) throw new Error(`the driver answered ${response.status}`);
      return response.json<DriverResult>();
    };
    progress("reports: warming up");
    await drive("report", 1);
    await drive("noop", 1);
    const rowsPerReport: number[] = [];
    const cpuUs = { noop: [] as number[], report: [] as number[] };
    progress("reports: one timing each, against an RPC that does nothing");
    const single = await interleaved(
      {
        noop: async () => {
          const cpuMs = processCpuMs(system.pid);
          const result = await drive("noop", 1);
          cpuUs.noop.push(((processCpuMs(system.pid) - cpuMs) * 1_000) / result.calls);
          return perSecond(result, "calls");
        },
        report: async () => {
          const cpuMs = processCpuMs(system.pid);
          const result = await drive("report", 1);
          cpuUs.report.push(((processCpuMs(system.pid) - cpuMs) * 1_000) / result.calls);
          rowsPerReport.push(result.logRows / result.calls);
          return perSecond(result, "calls");
        },
        drop: async () => perSecond(await drive("drop", 1), "calls"),
        row: async () => perSecond(await drive("row", 1), "calls"),
        bareGroup: async () => perSecond(await drive("bareGroup", 1), "calls"),
      },
      rounds,
    );
    progress("reports: a thousand timings each");
    const thousand = await interleaved(
      {
        report: async () => perSecond(await drive("report", 1_000), "timings"),
        drop: async () => perSecond(await drive("drop", 1_000), "timings"),
      },
      rounds,
    );
    return [
      ratioRow(single, median(cpuUs.noop), median(cpuUs.report)),
      rowsRow(rowsPerReport),
      thousandRow(thousand),
    ];
  } finally {
    await system.stop();
  }
}

function perSecond(result: DriverResult, what: "calls" | "timings"): number {
  return (result[what] / result.elapsedMs) * 1_000;
}

type Single = Record<"noop" | "report" | "drop" | "row" | "bareGroup", readonly number[]>;

function ratioRow(
  { noop, report, drop, row, bareGroup }: Single,
  noopCpuUs: number,
  reportCpuUs: number,
): BenchRow {
  const ratio = ratios(report, noop);
  return {
    what: `Durable reports of one timing, ${CALLERS} callers, against an RPC that does nothing`,
    goal: `≥ ${GOAL_RATIO}`,
    measured: figure(median(ratio)),
    verdict: verdictOf(median(ratio) >= GOAL_RATIO),
    spread: spread(ratio),
    note:
      `${figure(median(report))}/s of ${figure(median(noop))}/s; the same message taken and ` +
      `dropped ${figure(median(drop))}/s; a row per report ${figure(median(row))}/s; ` +
      `a bare row for every 32 calls, nothing else, ${figure(median(ratios(bareGroup, noop)))}; ` +
      `CPU a call ${figure(reportCpuUs)} against ${figure(noopCpuUs)} µs`,
    data: { ratio, report, noop, drop, row, bareGroup },
  };
}

function rowsRow(rowsPerReport: readonly number[]): BenchRow {
  const worst = Math.max(...rowsPerReport);
  return {
    what: "Log rows per report at that load",
    goal: `≤ ${GOAL_ROWS} (1 per 20)`,
    measured: `1 per ${figure(1 / median(rowsPerReport))}`,
    verdict: verdictOf(worst <= GOAL_ROWS),
    spread: spread(rowsPerReport),
    note: "the worst repetition counts",
    data: { rowsPerReport },
  };
}

function thousandRow({ report, drop }: Record<"report" | "drop", readonly number[]>): BenchRow {
  return {
    what: `Reports of 1,000 timings, one shard, durable, ${CALLERS} callers`,
    goal: "≥ 4 million timings/s",
    measured: `${figure(median(report) / 1e6)} million/s`,
    verdict: verdictOf(median(report) >= GOAL_TIMINGS_PER_SECOND),
    spread: spread(report.map((value) => value / 1e6)),
    note: `taken and dropped: ${figure(median(drop) / 1e6)} million/s`,
    data: { report, drop },
  };
}
