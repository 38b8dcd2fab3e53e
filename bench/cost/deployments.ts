import { ASSUMPTIONS, CADENCES, isolatesFor } from "../scale/assumptions.ts";
import { PLATFORM_LIMITS } from "../scale/platform-limits.ts";
import type { Pace } from "../simulation/simulate-traffic.ts";

/** Requests a second of the tracking Worker that costs are told for. */
export const RATES = [10, 1_000, 100_000] as const;

/** The rate that there is a goal for. */
export const GOAL_RATE = 1_000;

/** A fleet whose every request calls each of its targets once, and how Tachograph is configured. */
export interface Deployment extends Pace {
  readonly requestsPerSecond: number;
  readonly targets: number;
  /** Of each target. */
  readonly operations: number;
  /** Of the tracking Worker, all equally busy. */
  readonly isolates: number;
}

/** Targets and operations of all fleets that costs are told for. */
export const FLEET = { targets: 3, operations: 5 } as const;

/** As it comes, while somebody watches and while nobody does. */
export const WATCHED: Pace = CADENCES.watched;
export const UNWATCHED: Pace = CADENCES.unwatched;

/** What else can be configured for somebody who watches. */
export const PACES: readonly Pace[] = [
  WATCHED,
  { flushMs: 250, lingerMs: 250, tickMs: 250 },
  { flushMs: 250, lingerMs: 500, tickMs: 350 },
  { flushMs: 350, lingerMs: 500, tickMs: 400 },
  { flushMs: 500, lingerMs: 500, tickMs: 350 },
  { flushMs: 250, lingerMs: 500, tickMs: 500 },
  { flushMs: 500, lingerMs: 1_000, tickMs: 2_000 },
  { flushMs: 1_000, lingerMs: 1_000, tickMs: 2_000 },
  { flushMs: 1_000, lingerMs: 1_000, tickMs: 3_000 },
  { flushMs: 2_000, lingerMs: 1_000, tickMs: 2_000 },
  { flushMs: 2_000, lingerMs: 1_000, tickMs: 10_000 },
  { flushMs: 5_000, lingerMs: 1_000, tickMs: 20_000 },
  { flushMs: 10_000, lingerMs: 1_000, tickMs: 15_000 },
];

/** How a fleet of this rate is assumed to be. */
export function deploymentAt(
  requestsPerSecond: number,
  pace: Pace,
  isolates = isolatesFor(requestsPerSecond),
): Deployment {
  return { requestsPerSecond, isolates, ...FLEET, ...pace };
}

/** Shards that a target needs at most: an isolate reports again when it has its answer. */
export function shardsPerTarget({ requestsPerSecond, isolates, flushMs }: Deployment): number {
  const { networkMs, plannedShare } = ASSUMPTIONS;
  const perIsolate = Math.min(requestsPerSecond / isolates, 1_000 / (flushMs + 2 * networkMs));
  const planned = PLATFORM_LIMITS.parsingRequestsPerSecond.value * plannedShare;
  return Math.max(Math.ceil((isolates * perIsolate) / planned), 1);
}

/** One line for a table. */
export function paceName({ flushMs, lingerMs, tickMs }: Pace): string {
  return `flush ${flushMs}, linger ${lingerMs}, tick ${tickMs}`;
}
