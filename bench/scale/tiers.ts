import { seededRandom } from "../../test/support/seeded-random.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { figure } from "../lib/format.ts";
import { ASSUMPTIONS, CADENCES, deploymentOf } from "./assumptions.ts";
import type { Costs } from "./costs.ts";
import { measureCosts } from "./measured-costs.ts";
import { type Ages, agesOf } from "./plan-ages.ts";
import { LIMITS_READ_AT, PLATFORM_LIMITS } from "./platform-limits.ts";
import { type Deployment, type Plan, planOf, type Tier } from "./tier-plan.ts";
import { TierWorld } from "./tier-world.ts";

const RATES = [1_000, 10_000, 100_000, 300_000, 1_000_000] as const;
const MOST = 1_000_000;
const SEED = 8;
const PLANNED = PLATFORM_LIMITS.parsingRequestsPerSecond.value * ASSUMPTIONS.plannedShare;

type Cadence = keyof typeof CADENCES;
/** Simulates how old what a plan shows is. */
type AgesOf = (plan: Plan) => Promise<Ages>;

/** Fleets up to a million requests a second: what they need, what limits them, how old what is shown is. */
export async function measureTiers({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const costs = await measureCosts(quick, progress);
  progress("tiers: real merges through coordinators between");
  const merged = await mergedRow(quick);
  progress("tiers: plans and ages");
  const known = new Map<string, Promise<Ages>>();
  const ages: AgesOf = (plan) => {
    const key = JSON.stringify([plan.deployment, plan.shardIsolates, plan.tiers]);
    const found = known.get(key) ?? agesOf(plan, quick ? "quick" : "full");
    known.set(key, found);
    return found;
  };
  return {
    rows: [merged, await mostRow(costs, ages), ...asItComesRows(costs)],
    tables: [
      await ratesTable("watched", costs, ages),
      await ratesTable("unwatched", costs, ages),
      await sensitivityTable(costs, ages),
      costsTable(costs),
    ],
  };
}

async function mergedRow(quick: boolean): Promise<BenchRow> {
  const shapes = [[4], [6, 2]];
  const wrong: string[] = [];
  let timings = 0;
  for (const tiers of shapes) {
    const world = new TierWorld({
      targets: 3,
      shardsPerTarget: 24,
      operations: 5,
      tiers,
      random: seededRandom(SEED),
      lossShare: 0.1,
    });
    for (let i = 0; i < (quick ? 6 : 20); i++) await world.step(200);
    await world.settle();
    timings += world.timings;
    wrong.push(
      ...(await world.differences()).map(({ series }) => `${tiers.length + 1} tiers: ${series}`),
    );
  }
  return {
    what: "Percentiles at the top of 2 and 3 tiers against one histogram of all timings",
    goal: "bucket for bucket",
    measured: wrong.length === 0 ? "the same" : `${wrong.length} series differ`,
    verdict: verdictOf(wrong.length === 0),
    spread: "–",
    note:
      `${figure(timings)} timings in 72 shards of 3 targets, real merges; a tenth of the answers to ` +
      `the top lost on the way; 36 series by their encoded histograms, and the books${wrong.length === 0 ? "" : `: ${wrong.join(", ")}`}`,
    data: { timings, differing: wrong.length },
  };
}

async function mostRow(costs: Costs, agesIn: AgesOf): Promise<BenchRow> {
  const plan = planFor(deploymentOf(MOST, "watched", PLANNED), costs);
  const ages = await agesIn(plan);
  const tiers = plan.tiers.length;
  return {
    what: "Tiers of coordinators that carry 1,000,000 requests/s to 3 platforms, watched",
    goal: "–",
    measured: `${tiers}`,
    verdict: "info",
    spread: "–",
    note:
      `${figure(plan.objects)} objects, ${plan.shardsPerTarget} shards a target; shown after ` +
      `${figure(ages.p50Ms)} ms (p50), ${figure(ages.p99Ms)} ms (p99); nearest limit: ${nearest(plan)}`,
    data: { tiers, objects: plan.objects, p50Ms: ages.p50Ms, p99Ms: ages.p99Ms },
  };
}

/** How far it goes without any configuration: one shard a target, one tier. */
function asItComesRows(costs: Costs): BenchRow[] {
  return (["watched", "unwatched"] as const).map((cadence) => {
    let [low, high] = [100, 10 * MOST];
    while (high / low > 1.01) {
      const rate = Math.sqrt(low * high);
      const plan = planFor(deploymentOf(rate, cadence, PLANNED), costs, 1, 1);
      if ((plan.utilisations[0]?.share ?? 0) > 1) high = rate;
      else low = rate;
    }
    const plan = planFor(deploymentOf(high, cadence, PLANNED), costs, 1, 1);
    return {
      what: `Requests/s of a fleet that calls 3 platforms, as it comes: one shard a target, ${cadence}`,
      goal: "–",
      measured: figure(Math.round(low / 100) * 100),
      verdict: "info",
      spread: "–",
      note: `${figure(plan.deployment.isolates)} isolates; then: ${nearest(plan)}`,
      data: { requestsPerSecond: low },
    };
  });
}

async function ratesTable(cadence: Cadence, costs: Costs, agesIn: AgesOf): Promise<BenchTable> {
  const { flushMs, lingerMs, tickMs } = CADENCES[cadence];
  const plans = RATES.flatMap((rate) => {
    const deployment = deploymentOf(rate, cadence, PLANNED);
    const single = planFor(deployment, costs, 1);
    const stacked = planFor(deployment, costs);
    return stacked.tiers.length === 1 ? [single] : [single, stacked];
  });
  const rows: string[][] = [];
  for (const plan of plans) rows.push(rateRow(plan, await agesIn(plan)));
  return {
    title: `Fleets by requests/s, ${cadence}: flush ${flushMs} ms, linger ${lingerMs} ms, a tick every ${tickMs} ms`,
    columns: [
      "Requests/s",
      "Isolates",
      "Reports/s a target",
      "Shards a target",
      "Tiers (coordinators)",
      "Objects",
      "Busiest shard, % of 500/s",
      "Shard 0 with a limit, requests/s",
      "Busiest coordinator, % CPU",
      "Longest tick, ms",
      "Shown after, ms p50 / p99",
      "Nearest limit",
    ],
    rows,
    notes: [
      `Computed: reports, shards, utilisation, from costs that were measured in this run and the limits in \`bench/scale/platform-limits.ts\`, as of ${LIMITS_READ_AT}. Simulated with a seed: which shard each isolate's name comes to, and every report and tick on the way of the busiest shard, by the project's own client and group commit in virtual time; of a fleet's requests, as many as leave an isolate something to report. Not simulated: each request.`,
      `Assumed (\`bench/scale/assumptions.ts\`): ${ASSUMPTIONS.requestsPerIsolate} requests/s an isolate and at least ${ASSUMPTIONS.leastIsolates} isolates, ${ASSUMPTIONS.roundTripMs} ms from a coordinator to an object and back, ${ASSUMPTIONS.networkMs} ms from an isolate to its shard, ${ASSUMPTIONS.commitMs} ms a commit; 5 operations a target.`,
      "A second line is the same with as many tiers as it takes; they are not built.",
    ],
  };
}

function rateRow(plan: Plan, ages: Ages): string[] {
  const { deployment, tiers } = plan;
  return [
    figure(deployment.requestsPerSecond),
    figure(deployment.isolates),
    figure(plan.reportsPerSecond),
    figure(plan.shardsPerTarget),
    `${tiers.length} (${tiers.map(({ coordinators }) => coordinators).join(" + ")})`,
    figure(plan.objects),
    figure(shareOf(plan, "requests of a shard") * 100),
    figure(plan.keeperRequestsPerSecond),
    figure((longest(tiers, ({ cpuMs }) => cpuMs) / deployment.tickMs) * 100),
    figure(longest(tiers, ({ wallMs }) => wallMs)),
    `${figure(ages.p50Ms)} / ${figure(ages.p99Ms)}`,
    nearest(plan),
  ];
}

async function sensitivityTable(costs: Costs, agesIn: AgesOf): Promise<BenchTable> {
  const base = deploymentOf(MOST, "watched", PLANNED);
  const variants: readonly (readonly [string, Deployment])[] = [
    ["as assumed", base],
    ["a tenth of the isolates (1,000 requests/s each)", { ...base, isolates: base.isolates / 10 }],
    ["ten times the isolates (10 requests/s each)", { ...base, isolates: base.isolates * 10 }],
    ["flush 1 s instead of 250 ms", { ...base, flushMs: 1_000 }],
    ["flush 2 s", { ...base, flushMs: 2_000 }],
    [`6 shards asked at the same time instead of ${base.concurrency}`, { ...base, concurrency: 6 }],
    ["5 ms to an object and back instead of 20", { ...base, roundTripMs: 5 }],
    ["100 ms to an object and back", { ...base, roundTripMs: 100 }],
    ["a tick every second", { ...base, tickMs: 1_000 }],
    ["50 operations a target instead of 5", { ...base, operations: 50 }],
    [
      "shards planned for 140 reports/s, as if each wrote",
      { ...base, plannedReportsPerSecond: 140 },
    ],
  ];
  const rows: string[][] = [];
  for (const [name, deployment] of variants) {
    const single = planFor(deployment, costs, 1);
    const stacked = planFor(deployment, costs);
    const ages = await agesIn(stacked);
    rows.push([
      name,
      figure(stacked.shardsPerTarget),
      figure(longest(single.tiers, ({ wallMs }) => wallMs)),
      nearest(single),
      isCarried(stacked) ? `${stacked.tiers.length}` : `none: ${nearest(stacked)}`,
      figure(stacked.objects),
      `${figure(ages.p50Ms)} / ${figure(ages.p99Ms)}`,
    ]);
  }
  return {
    title: "What changes most at 1,000,000 requests/s, watched",
    columns: [
      "Changed",
      "Shards a target",
      "One tier: longest tick, ms",
      "One tier: nearest limit",
      "Tiers that carry it",
      "Objects",
      "Shown after, ms p50 / p99",
    ],
    rows,
  };
}

function costsTable({ groupMs, reportMs, timingMs, ticks, memory }: Costs): BenchTable {
  const us = (ms: number): string => figure(ms * 1_000);
  return {
    title: "What the model was given: CPU in Node, µs",
    columns: [
      "New timings of an operation between ticks",
      "Coordinator: each shard",
      "each operation of a shard",
      "each series",
      "Shard: `collect`",
      "each operation of it",
    ],
    rows: ticks.map((at) => [
      figure(at.timingsPerEntry),
      us(at.shardMs),
      us(at.entryMs),
      us(at.seriesMs),
      us(at.collectMs),
      us(at.collectEntryMs),
    ]),
    notes: [
      `A shard: ${us(groupMs)} µs a group of reports, ${us(reportMs)} a report, ${us(timingMs)} a timing. Beyond the last line costs stay: the buckets are there by then.`,
      `Memory: ${memory.map((one) => `${figure(one.beforeCheckpoint / 1e3)} kB a series at ${figure(one.perSecond)} timings/s`).join(", ")}.`,
    ],
  };
}

function planFor(
  deployment: Deployment,
  costs: Costs,
  maxTiers?: number,
  shardsPerTarget?: number,
): Plan {
  return planOf(deployment, costs, {
    random: seededRandom(SEED),
    ...(maxTiers !== undefined && { maxTiers }),
    ...(shardsPerTarget !== undefined && { shardsPerTarget }),
  });
}

/** Whether nothing is beyond its limit. */
function isCarried({ utilisations }: Plan): boolean {
  return (utilisations[0]?.share ?? 0) <= 1;
}

function nearest({ utilisations: [first] }: Plan): string {
  return first === undefined ? "–" : `${first.limit} ${figure(first.share * 100)} %`;
}

function shareOf({ utilisations }: Plan, limit: string): number {
  return utilisations.find((one) => one.limit === limit)?.share ?? Number.NaN;
}

function longest(tiers: readonly Tier[], of: (tier: Tier) => number): number {
  return Math.max(...tiers.map(of));
}
