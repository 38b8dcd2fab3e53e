import type { Candidate } from "../lib/candidate.ts";
import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { interleaved } from "../lib/interleaved.ts";
import { processCpuMs } from "../lib/workerd.ts";
import type { Usage } from "../workers/usage.ts";
import type { Sender } from "./sender.ts";
import type { MeasuredSystem, SystemName } from "./systems.ts";

/** One stretch of sending to one system. */
export interface RateRun {
  readonly timingsPerSecond: number;
  /** CPU time of the server, microseconds for each timing. */
  readonly cpuUs: number;
  /** Processors that this process used meanwhile: at 1, it sends no faster. */
  readonly clientCpus: number;
  /** Rows that were written meanwhile for each timing. NaN of a server that has none. */
  readonly rows: number;
}

/** All stretches of a system with requests of one size. */
export interface SystemRates {
  /** The quickest of its ways when it was warmed up. */
  readonly encoding: string;
  readonly runs: readonly RateRun[];
}

export type RatesBySystem = ReadonlyMap<SystemName, SystemRates>;

export interface RateOptions {
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly rounds: number;
}

/**
 * Sends requests of one size to all systems in turn, to each in the way it takes fastest. Who fails
 * is sent nothing more, and is not among the rates.
 */
export async function measureRates(
  comparison: ComparisonSystem,
  systems: ReadonlyMap<SystemName, MeasuredSystem & { readonly candidate: Candidate }>,
  size: number,
  { warmUpMs, durationMs, rounds }: RateOptions,
): Promise<RatesBySystem> {
  const rates = new Map<SystemName, SystemRates>();
  const variants: Partial<Record<SystemName, () => Promise<number>>> = {};
  for (const [name, system] of systems) {
    const { candidate, senders } = system;
    const sender = await candidate.try(() => quickestOf(senders, size, warmUpMs));
    if (sender === undefined) continue;
    const runs: RateRun[] = [];
    rates.set(name, { encoding: sender.encoding, runs });
    variants[name] = async () => {
      const send = (): ReturnType<Sender["send"]> => sender.send(size, durationMs);
      const run = await candidate.try(() => measureRun(comparison, system, send));
      if (run !== undefined) runs.push(run);
      return run?.timingsPerSecond ?? Number.NaN;
    };
  }
  await interleaved(variants as Record<SystemName, () => Promise<number>>, rounds);
  for (const [name, { candidate }] of systems) if (candidate.why !== undefined) rates.delete(name);
  return rates;
}

async function quickestOf(
  senders: readonly Sender[],
  size: number,
  warmUpMs: number,
): Promise<Sender> {
  let quickest: { readonly sender: Sender; readonly perMs: number } | undefined;
  for (const sender of senders) {
    // Once for its series to be known, once to be measured.
    if (senders.length > 1) await sender.send(size, warmUpMs / 2);
    const { timings, elapsedMs } = await sender.send(size, warmUpMs);
    const perMs = timings / elapsedMs;
    if (quickest === undefined || perMs > quickest.perMs) quickest = { sender, perMs };
  }
  if (quickest === undefined) throw new Error("a system without a way to be told");
  return quickest.sender;
}

async function measureRun(
  comparison: ComparisonSystem,
  { pid, usageOf }: MeasuredSystem,
  send: () => ReturnType<Sender["send"]>,
): Promise<RateRun> {
  const rowsBefore = usageOf === undefined ? Number.NaN : rowsOf(await comparison.usage(usageOf));
  const cpuMs = processCpuMs(pid);
  const own = process.cpuUsage();
  const { timings, elapsedMs } = await send();
  const { user, system } = process.cpuUsage(own);
  const serverMs = processCpuMs(pid) - cpuMs;
  const rowsAfter = usageOf === undefined ? Number.NaN : rowsOf(await comparison.usage(usageOf));
  return {
    timingsPerSecond: (timings / elapsedMs) * 1_000,
    cpuUs: (serverMs * 1_000) / timings,
    clientCpus: (user + system) / 1_000 / elapsedMs,
    rows: (rowsAfter - rowsBefore) / timings,
  };
}

/** Everything that the platform bills as a row written. */
export function rowsOf({ rowsWritten, alarmsSet, d1RowsWritten }: Usage): number {
  return rowsWritten + alarmsSet + d1RowsWritten;
}
