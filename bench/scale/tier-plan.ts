import { MAX_REPORTERS } from "../../src/merge/watermarks.ts";
import { MAX_REPORT_TIMINGS } from "../../src/wire/timing-columns.ts";
import { type Costs, seriesBytesAt, type TickCosts, tickCostsAt } from "./costs.ts";
import { busiestShare } from "./busiest-share.ts";
import { PLATFORM_LIMITS } from "./platform-limits.ts";

/** A fleet, and how Tachograph is configured for it. Times are milliseconds. */
export interface Deployment {
  /** Requests to the tracking Worker. */
  readonly requestsPerSecond: number;
  /** Targets that each request calls once. */
  readonly platforms: number;
  /** Operations of each of them. */
  readonly operations: number;
  /** Isolates of the tracking Worker, all equally busy. */
  readonly isolates: number;
  readonly flushMs: number;
  readonly lingerMs: number;
  readonly tickMs: number;
  /** Shards that a coordinator asks at the same time. */
  readonly concurrency: number;
  /** From a coordinator to an object below it and back. */
  readonly roundTripMs: number;
  /** Until a row is in durable storage: a shard that is asked commits what waits, and then answers. */
  readonly commitMs: number;
  /** Reports a second that a shard is given at most. */
  readonly plannedReportsPerSecond: number;
}

/** What a coordinator of one tier does at each of its ticks. */
export interface Tier {
  readonly coordinators: number;
  /** Objects that the busiest of them asks. */
  readonly children: number;
  readonly cpuMs: number;
  /** How often it asks as many of them as it asks at the same time. */
  readonly waves: number;
  /** From the beginning of a tick to its end: round trips of all waves, and the CPU. */
  readonly wallMs: number;
}

/** One limit, and how much of it is used. */
export interface Utilisation {
  readonly limit: string;
  readonly share: number;
}

/** What a deployment needs, and how near it comes to what limits it. */
export interface Plan {
  readonly deployment: Deployment;
  /** Of each target. */
  readonly reportsPerSecond: number;
  readonly timingsPerReport: number;
  readonly shardsPerTarget: number;
  /** Of the busiest of them. */
  readonly shardIsolates: number;
  readonly tiers: readonly Tier[];
  /** Shards, coordinators and the dispatcher. */
  readonly objects: number;
  /** Of the tenant with those tiers, the nearest limit first. */
  readonly utilisations: readonly Utilisation[];
  /** Requests a second of a shard 0 whose target has a limit. */
  readonly keeperRequestsPerSecond: number;
}

/** Most shards that a target can be given. */
const MAX_SHARDS = 256;
/** A tier of coordinators is added where one would use more of the interval than this. */
const CPU_SHARE = 0.5;
const MAX_TIERS = 4;
/** The code, the configuration, alerts, and what is kept for subscribers who resume. */
const BASE_BYTES = 30e6;
/** A minute, an hour and a day of each series go to D1 once a minute, each as a query at worst. */
const QUERIES_PER_SERIES_MINUTE = 3;
/** What a shard leases ahead for its holders lasts 2 s, and half of it is left when it asks again. */
const SUBLEASES_PER_SECOND = 1;

/** How a plan is made. */
export interface PlanOptions {
  /** Uniform in [0, 1): which names the isolates have. */
  readonly random: () => number;
  /** Coordinators are stacked up to so high until each fits into its interval. */
  readonly maxTiers?: number;
  /** Of each target, instead of as many as its reports ask for. */
  readonly shardsPerTarget?: number;
}

/** What a deployment needs, with as many shards as its reports ask for. */
export function planOf(deployment: Deployment, costs: Costs, options: PlanOptions): Plan {
  const { platforms, isolates, requestsPerSecond, plannedReportsPerSecond } = deployment;
  const reportsPerSecond = reportsOf(deployment);
  const needed = Math.max(Math.ceil(reportsPerSecond / plannedReportsPerSecond), 1);
  const shardsPerTarget = options.shardsPerTarget ?? Math.min(needed, MAX_SHARDS);
  const busiest = busiestShare(isolates, shardsPerTarget, options.random) / shardsPerTarget;
  const tiers = tiersOf(deployment, costs, shardsPerTarget, options.maxTiers ?? MAX_TIERS);
  const coordinators = tiers.reduce((sum, tier) => sum + tier.coordinators, 0);
  const shard = {
    isolates: isolates * busiest,
    reportsPerSecond: reportsPerSecond * busiest,
    timingsPerSecond: requestsPerSecond * busiest,
  };
  const utilisations = [
    ...shardUtilisations(deployment, costs, shard),
    ...tiers.flatMap((tier, i) => tierUtilisations(deployment, tier, nameOf(i, tiers.length))),
    ...topUtilisations(deployment, costs),
  ];
  return {
    deployment,
    reportsPerSecond,
    timingsPerReport: requestsPerSecond / reportsPerSecond,
    shardsPerTarget,
    shardIsolates: Math.round(shard.isolates),
    tiers,
    objects: platforms * shardsPerTarget + coordinators + 1,
    utilisations: utilisations.toSorted((left, right) => right.share - left.share),
    // Permits are told of and asked for along with each report; the other shards lease from this one.
    keeperRequestsPerSecond:
      2 * shard.reportsPerSecond + (shardsPerTarget - 1) * SUBLEASES_PER_SECOND,
  };
}

function shardUtilisations(
  { lingerMs }: Deployment,
  costs: Costs,
  shard: { isolates: number; reportsPerSecond: number; timingsPerSecond: number },
): Utilisation[] {
  const groupsPerSecond = Math.min(shard.reportsPerSecond, 1_000 / Math.max(lingerMs, 1));
  const cpuMs =
    groupsPerSecond * costs.groupMs +
    shard.reportsPerSecond * costs.reportMs +
    shard.timingsPerSecond * costs.timingMs;
  return [
    {
      limit: "requests of a shard",
      share: shard.reportsPerSecond / PLATFORM_LIMITS.parsingRequestsPerSecond.value,
    },
    { limit: "CPU of a shard", share: cpuMs / 1_000 },
    { limit: "reporters of a shard", share: shard.isolates / MAX_REPORTERS },
  ];
}

function tierUtilisations({ tickMs }: Deployment, tier: Tier, name: string): Utilisation[] {
  const { cpuMs, wallMs, children } = tier;
  return [
    { limit: `CPU of a coordinator, ${name}`, share: cpuMs / tickMs },
    { limit: `length of a tick, ${name}`, share: wallMs / tickMs },
    {
      limit: `subrequests of a tick, ${name}`,
      share: children / PLATFORM_LIMITS.subrequests.value,
    },
  ];
}

function topUtilisations(
  { requestsPerSecond, platforms, operations }: Deployment,
  { memory }: Costs,
): Utilisation[] {
  const series = platforms * (operations + 1);
  const bytes = BASE_BYTES + series * seriesBytesAt(memory, requestsPerSecond / operations);
  const queriesPerSecond = (series * QUERIES_PER_SERIES_MINUTE) / 60;
  return [
    { limit: "memory of the coordinator", share: bytes / PLATFORM_LIMITS.memoryBytes.value },
    { limit: "D1", share: queriesPerSecond / PLATFORM_LIMITS.d1QueriesPerSecond.value },
  ];
}

/**
 * Reports of one target a second. An isolate's buffer begins with a timing and leaves a flush later,
 * or when it is full.
 */
function reportsOf({ requestsPerSecond, isolates, flushMs }: Deployment): number {
  const timingsPerMs = requestsPerSecond / isolates / 1_000;
  const wholeMs = flushMs + 1 / timingsPerMs;
  const fullMs = MAX_REPORT_TIMINGS / timingsPerMs;
  return (isolates * 1_000) / Math.min(wholeMs, fullMs);
}

/** From the shards up to the tenant's coordinator. */
function tiersOf(
  deployment: Deployment,
  costs: Costs,
  shardsPerTarget: number,
  maxTiers: number,
): Tier[] {
  const { requestsPerSecond, platforms, operations, tickMs, roundTripMs, commitMs } = deployment;
  const perTarget = (requestsPerSecond * tickMs) / 1_000;
  const tiers: Tier[] = [];
  /** Of each target, in the tier below. */
  let below = shardsPerTarget;
  for (let above = maxTiers - 1; above >= 0; above--) {
    const at = tickCostsAt(costs.ticks, perTarget / operations / below);
    const asked = {
      deployment,
      at,
      answerMs: roundTripMs + (tiers.length === 0 ? commitMs : 0),
    };
    const whole = tierOf(asked, { children: below * platforms, targets: platforms });
    const isEnough = whole.cpuMs <= CPU_SHARE * tickMs && whole.wallMs <= tickMs;
    if (isEnough || above === 0 || below === 1) return [...tiers, { ...whole, coordinators: 1 }];
    const fanIn = widestFanIn(asked, below);
    const groups = Math.ceil(below / fanIn);
    const children = Math.ceil(below / groups);
    const middle = tierOf(asked, { children, targets: 1 });
    tiers.push({ ...middle, coordinators: groups * platforms });
    below = groups;
  }
  return tiers;
}

/** The most shards of one target that a coordinator between can ask. At least two, or nothing is won. */
function widestFanIn(asked: Asked, below: number): number {
  const { tickMs } = asked.deployment;
  let fanIn = 2;
  for (let children = 2; children <= below; children++) {
    const { cpuMs, wallMs } = tierOf(asked, { children, targets: 1 });
    if (cpuMs > CPU_SHARE * tickMs || wallMs > tickMs) break;
    fanIn = children;
  }
  return fanIn;
}

/** How the objects of one tier are asked. */
interface Asked {
  readonly deployment: Deployment;
  readonly at: TickCosts;
  /** Until one of them has answered. */
  readonly answerMs: number;
}

function tierOf(
  { deployment, at, answerMs }: Asked,
  { children, targets }: { readonly children: number; readonly targets: number },
): Omit<Tier, "coordinators"> {
  const { operations, concurrency } = deployment;
  const { shardMs, entryMs, seriesMs } = at;
  const cpuMs =
    children * shardMs + children * operations * entryMs + targets * (operations + 1) * seriesMs;
  const waves = Math.ceil(children / concurrency);
  return { children, cpuMs, waves, wallMs: waves * answerMs + cpuMs };
}

function nameOf(tier: number, tiers: number): string {
  return tier === tiers - 1 ? "top" : `tier ${tier + 1}`;
}
