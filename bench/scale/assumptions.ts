import { config } from "../../src/configured.ts";
import type { Pace } from "../simulation/simulate-traffic.ts";
import type { Deployment } from "./tier-plan.ts";

/** What the model is told and nobody measured, each with why it is what it is. */
export const ASSUMPTIONS = {
  /**
   * Of an isolate of the tracking Worker. Cloudflare names no figure: it says that one runs on each
   * server, that there are thousands of them, and that a Worker with little traffic is sent to as few
   * as possible. At 10 ms of CPU a request it is as much as one thread can do. Pages:
   * https://developers.cloudflare.com/workers/platform/limits/,
   * https://blog.cloudflare.com/eliminating-cold-starts-2-shard-and-conquer/.
   */
  requestsPerIsolate: 100,
  /**
   * Isolates of a Worker that the world calls, however seldom: about one in every third city. Page:
   * https://www.cloudflare.com/network/.
   */
  leastIsolates: 100,
  /** From a coordinator to an object and back, within a region. */
  roundTripMs: 20,
  /** From an isolate anywhere to the shard, the median. */
  networkMs: 40,
  /** Until a row is in durable storage, which takes confirmations from other places. */
  commitMs: 10,
  /** Of what one object can do, what a shard is planned for. */
  plannedShare: 0.7,
} as const;

/** How Tachograph is configured, while somebody watches and while nobody does. */
export const CADENCES = {
  watched: {
    flushMs: config.flush.watchedMs,
    lingerMs: config.linger.watchedMs,
    tickMs: config.cadence.watchedMs,
  },
  unwatched: {
    flushMs: config.flush.unwatchedMs,
    lingerMs: config.linger.unwatchedMs,
    tickMs: config.cadence.idleMs,
  },
} as const satisfies Record<string, Pace>;

/** The isolates that are assumed for so many requests a second. */
export function isolatesFor(requestsPerSecond: number): number {
  const { leastIsolates, requestsPerIsolate } = ASSUMPTIONS;
  return Math.max(leastIsolates, Math.ceil(requestsPerSecond / requestsPerIsolate));
}

/** A fleet whose every request calls three platforms, with everything as assumed. */
export function deploymentOf(
  requestsPerSecond: number,
  cadence: keyof typeof CADENCES,
  plannedReportsPerSecond: number,
): Deployment {
  const { roundTripMs, commitMs } = ASSUMPTIONS;
  return {
    requestsPerSecond,
    platforms: 3,
    operations: 5,
    isolates: isolatesFor(requestsPerSecond),
    ...CADENCES[cadence],
    concurrency: config.collect.concurrency,
    roundTripMs,
    commitMs,
    plannedReportsPerSecond,
  };
}
