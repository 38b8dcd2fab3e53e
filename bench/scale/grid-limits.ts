import { median } from "../lib/statistics.ts";
import type { CellCost } from "./grid-cell.ts";
import { PLATFORM_LIMITS } from "./platform-limits.ts";

/** Between ticks, while somebody watches and while nobody does. */
const WATCHED_MS = 500;
const IDLE_MS = 10_000;
/** What the configuration allows by default. */
const DEFAULT_TARGETS = 64;
const DEFAULT_OPERATIONS = 64;

/** How far a cell is from one of its limits. */
export interface Nearness {
  readonly limit: string;
  /** 1 where the limit is met. */
  readonly share: number;
}

/** How near a cell comes to everything that it could break at, the nearest first. */
export function nearnessOf(cell: CellCost): Nearness[] {
  const tickMs = coordinatorMs(cell);
  const checkpointMs = cell.checkpointMs.length === 0 ? 0 : median(cell.checkpointMs);
  return [
    { limit: "memory", share: cell.coordinatorBytes / PLATFORM_LIMITS.memoryBytes.value },
    { limit: "CPU, watched", share: tickMs / WATCHED_MS },
    { limit: "CPU, unwatched", share: Math.max(tickMs, checkpointMs) / IDLE_MS },
    { limit: "live RPC", share: cell.liveBytes / PLATFORM_LIMITS.rpcBytes.value },
    { limit: "answer RPC", share: cell.largestAnswerBytes / PLATFORM_LIMITS.rpcBytes.value },
    { limit: "subrequests", share: cell.requestsPerTick / PLATFORM_LIMITS.subrequests.value },
  ].toSorted((left, right) => right.share - left.share);
}

/** The caps of the default configuration that a cell goes beyond. */
export function defaultsExceeded({ targets, seriesPerShard }: CellCost): string[] {
  return [
    ...(targets > DEFAULT_TARGETS ? [`${targets} targets`] : []),
    ...(seriesPerShard > DEFAULT_OPERATIONS ? [`${seriesPerShard} operations`] : []),
  ];
}

/** The coordinator's part of a tick, milliseconds of CPU. */
export function coordinatorMs({ wholeMs, shardsMs }: CellCost): number {
  return median(wholeMs.map((whole, i) => whole - (shardsMs[i] ?? 0)));
}
