import { setTimeout as sleep } from "node:timers/promises";
import type { EventLogView } from "../../examples/platforms/event-log.ts";
import type { PlatformState } from "../../examples/platforms/platform-control.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { type Fleet, FLEET_TOKEN, startFleet } from "../lib/fleet.ts";
import { figure } from "../lib/format.ts";
import { percentile } from "../lib/statistics.ts";
import { compareDeliveries, type Deliveries } from "./deliveries.ts";
import { eventId, offerEvents, type Offered, type Promised } from "./offer-events.ts";

const ISOLATES = 8;
const OFFERED_PER_SECOND = 100;
/** A tenth of what is offered. */
const REFILL_PER_MINUTE = 600;
/** Half of what is offered in the fullest requests, 25 events each, and a fiftieth in single ones. */
const BATCHED_REFILL_PER_MINUTE = 120;
/**
 * How many calls less Tachograph's bucket holds than the platform's. Permits are counted when they
 * are granted, calls when they arrive: calls that left in the course of a second and travelled for
 * different times may arrive together.
 */
const TRAVEL_PERMITS = 10;
const GOAL_SHARE = 1.05;
const QUICK_SHARE = 0.1;
/** After the last event: what is sent twice comes now. */
const AFTERMATH_MS = 5_000;
const LOOK_MS = 500;
const LOOKS_PER_COUNT = 10;
/** Beyond what it should take at most. */
const PATIENCE_MS = 30_000;

/** A platform with its limit, which it enforces itself. */
interface Scenario {
  readonly platform: string;
  /** Calls that the platform's bucket holds. */
  readonly capacity: number;
  readonly refillPerMinute: number;
  /** Most events in a call. */
  readonly batch: number;
}

interface Result extends Scenario {
  readonly deliveries: Deliveries;
  /** Calls that the platform refused and let through. */
  readonly refused: number;
  readonly admitted: number;
  /** From the first offer to the last arrival. */
  readonly tookMs: number;
  /** How long the platform's limit makes it last if every request is full. */
  readonly leastMs: number;
}

/**
 * Ten times what a limit allows, offered through several isolates of the example tracking Worker:
 * whether the platforms ever refuse, every event arrives once, none of them early, and how long it
 * takes. One platform takes an event a call, another takes batches.
 */
export async function measureEndToEnd({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const share = quick ? QUICK_SHARE : 1;
  const events = 6_000 * share;
  // One answers 429; the other 204 to everything, so that what it refuses is lost unnoticed.
  const single = { platform: "reddit", capacity: 3_000 * share, batch: 1 };
  const batched = { platform: "google", capacity: 60, batch: 25 };
  const scenarios: readonly Scenario[] = [
    { ...single, refillPerMinute: REFILL_PER_MINUTE },
    { ...batched, refillPerMinute: BATCHED_REFILL_PER_MINUTE },
  ];
  progress(`end to end: starting ${ISOLATES} isolates`);
  const fleet = await startFleet(ISOLATES);
  try {
    for (const scenario of scenarios) await limit(fleet, scenario);
    progress(`end to end: offering ${events} events, ${OFFERED_PER_SECOND} a second`);
    const platforms = scenarios.map(({ platform }) => platform);
    const { tracking } = fleet;
    const offered = await offerEvents({
      tracking,
      platforms,
      perSecond: OFFERED_PER_SECOND,
      events,
    });
    progress(`end to end: ${offered.promised.length} of ${events * platforms.length} wait`);
    const told = await untilDelivered(fleet, scenarios, offered, events, progress);
    const results = await Promise.all(
      scenarios.map((scenario) => resultOf(fleet, scenario, offered, told, events)),
    );
    return results.map((result) => rowOf(result, offered, events, quick));
  } finally {
    await fleet.stop();
  }
}

/** Sets the limit on both sides. */
async function limit(fleet: Fleet, scenario: Scenario): Promise<void> {
  const { platform, capacity, refillPerMinute } = scenario;
  await send(`${fleet.platforms}/control/${platform}`, "PATCH", {
    // Quick and without failures: what is measured is the limit.
    medianMs: 40,
    p99Ms: 160,
    errorRate: 0,
    timeoutRate: 0,
    limitPerMinute: refillPerMinute,
    burst: capacity,
    logEvents: true,
  });
  const ours = { capacity: capacity - TRAVEL_PERMITS, refillPerMinute };
  await send(`${fleet.tachograph}/v1/limits/${platform}`, "PUT", ours);
}

async function send(url: string, method: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${FLEET_TOKEN}`, "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}

/**
 * Waits until every event arrived, or they should have long ago. Meanwhile it asks about one job
 * after the other.
 * @returns what the jobs said of when they are sent, after what was said at first.
 */
async function untilDelivered(
  fleet: Fleet,
  scenarios: readonly Scenario[],
  offered: Offered,
  events: number,
  progress: BenchContext["progress"],
): Promise<Promised[]> {
  const leastMs = Math.max(...scenarios.map((scenario) => leastMsOf(scenario, events)));
  const deadline = offered.startedAt + 1.2 * leastMs + PATIENCE_MS;
  const told: Promised[] = [];
  for (let look = 0; Date.now() < deadline; look++) {
    await sleep(LOOK_MS);
    // A prime, so that it comes by jobs of every time and isolate.
    const said = offered.promised[(look * 997) % Math.max(1, offered.promised.length)];
    if (said !== undefined) told.push(...(await askAbout(said)));
    if (look % LOOKS_PER_COUNT !== 0) continue;
    const logs = await Promise.all(scenarios.map(({ platform }) => logOf(fleet, platform)));
    const arrived = logs.map((log) => log.events.length);
    progress(`end to end: ${arrived.join(" and ")} of ${events} arrived`);
    if (arrived.every((count) => count >= events)) break;
  }
  await sleep(AFTERMATH_MS);
  return told;
}

/** What the job says now of when it is sent, if it still waits. */
async function askAbout(said: Promised): Promise<Promised[]> {
  const response = await fetch(`${said.tracking}/api/jobs/${said.job}/status`);
  if (!response.ok) throw new Error(`${said.job}: ${response.status} ${await response.text()}`);
  const { deferredUntil } = await response.json<{ deferredUntil: number | null }>();
  return deferredUntil === null ? [] : [{ ...said, deferredUntil }];
}

async function logOf(fleet: Fleet, platform: string): Promise<EventLogView> {
  const response = await fetch(`${fleet.platforms}/control/${platform}/events`);
  return response.json<EventLogView>();
}

async function resultOf(
  fleet: Fleet,
  scenario: Scenario,
  offered: Offered,
  told: readonly Promised[],
  events: number,
): Promise<Result> {
  const { platform } = scenario;
  const response = await fetch(`${fleet.platforms}/control/${platform}`);
  const { refused, admitted } = await response.json<PlatformState>();
  const ids = Array.from({ length: events }, (_, n) => eventId(n));
  const promised = [...offered.promised, ...told].filter((said) => said.platform === platform);
  const deliveries = compareDeliveries(ids, promised, await logOf(fleet, platform));
  const tookMs = deliveries.lastAt - offered.startedAt;
  const leastMs = leastMsOf(scenario, events);
  return { ...scenario, deliveries, refused, admitted, tookMs, leastMs };
}

/** What is there at once goes by itself; each call that comes back takes a full request. */
function leastMsOf({ capacity, refillPerMinute, batch }: Scenario, events: number): number {
  return ((events - capacity) / batch / refillPerMinute) * 60_000;
}

function rowOf(result: Result, offered: Offered, events: number, quick: boolean): BenchRow {
  const { platform, batch, deliveries, refused, admitted, tookMs, leastMs } = result;
  const { delivered, missing, surplus, early, lateMs } = deliveries;
  // A queue delays by whole seconds: of the half minute of a look that alone is more than 5 %.
  const goalMs = batch === 1 && !quick ? GOAL_SHARE * leastMs : undefined;
  const isExact = refused + missing + surplus + early + offered.faults.length === 0;
  const seconds = (ms: number): string => figure(ms / 1_000);
  const goalSeconds = goalMs === undefined ? "" : `, ≤ ${seconds(goalMs)} s`;
  const late = [50, 99].map((percent) => seconds(percentile(lateMs, percent)));
  return {
    what:
      `End to end: ${figure(events)} events at ${OFFERED_PER_SECOND}/s through ${ISOLATES} isolates, ` +
      `${batch === 1 ? "one event" : `up to ${batch} events`} a call, to a platform (${platform}) that ` +
      `lets ${figure(result.capacity)} calls through and ${result.refillPerMinute} a minute`,
    goal: `0 refused, each once, 0 early${goalSeconds}`,
    measured: `${refused} refused, ${delivered} once, ${missing} missing, ${surplus} surplus, ${early} early, ${seconds(tookMs)} s`,
    verdict: verdictOf(isExact && tookMs <= (goalMs ?? Infinity)),
    spread: "one run",
    note:
      `${figure(tookMs / leastMs)} of the ${seconds(leastMs)} s that the limit allows; ` +
      `offered in ${seconds(offered.offeredMs)} s; ${figure(admitted)} calls; after the promised time by p50 ${late[0]}, p99 ${late[1]} s; ` +
      `our bucket is ${TRAVEL_PERMITS} calls smaller than the platform's` +
      (offered.faults.length > 0 ? `; ${offered.faults.length} faults, ${offered.faults[0]}` : ""),
    data: { refused, admitted, delivered, missing, surplus, early, tookMs, leastMs },
  };
}
