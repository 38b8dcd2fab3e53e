import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { figure } from "../lib/format.ts";
import { ASSUMPTIONS, isolatesFor } from "../scale/assumptions.ts";
import type { Pace } from "../simulation/simulate-traffic.ts";
import { billOf, perBillion, type Usage } from "./bill.ts";
import {
  type Deployment,
  FLEET,
  GOAL_RATE,
  paceName,
  RATES,
  UNWATCHED,
  WATCHED,
  shardsPerTarget,
} from "./deployments.ts";
import {
  analyticsEngineUsage,
  d1RowsUsage,
  KEPT_DAYS,
  type NaiveCounts,
  objectCallsUsage,
} from "./naive-designs.ts";
import { type Item, PRICE_LIST, PRICES_READ_AT } from "./price-list.ts";
import type { Priced, Pricing } from "./pricing.ts";
import { timingsPerSecond } from "./usage-model.ts";

/** How a note says it of the price list, and where that says it. */
const SESSIONS_BILLED =
  "a session is billed as one request however many reports it carries (Cloudflare's pricing page of Durable Objects, footnote 1)";
const EACH_BILLED = "Tachograph, always watched, each report billed as a request";
const NEVER_WATCHED = "Tachograph, never watched";
const GOAL_DOLLARS = 10;
const GOAL_AGE_MS = 1_000;
const FRESHNESS_MS = [1_000, 5_000, 30_000] as const;
const MANY_ISOLATES = 200;
const FEWER_OR_MORE_ISOLATES = [10, 50, MANY_ISOLATES, 1_000] as const;
/** How near to each other the isolates are told between which the goal breaks. */
const BOUNDS = 0.03;
const BOUNDS_QUICKLY = 1;

const ITEM_NAMES: Readonly<Record<Item, string>> = {
  objectRequests: "requests to objects: sessions, collects, alarms",
  objectGbSeconds: "GB-s: objects that are awake",
  objectRowsRead: "rows of objects, read",
  objectRowsWritten: "rows of objects, written and deleted",
  objectStoredGb: "GB stored by objects",
  d1RowsRead: "rows of D1, read",
  d1RowsWritten: "rows of D1, written and deleted",
  d1StoredGb: "GB of history in D1",
  workerRequests: "requests to Workers",
  workerCpuMs: "CPU of Workers, ms",
  dataPointsWritten: "data points",
  dataPointQueries: "queries",
};

/** The goal, with the defaults if they are fresh enough, or else with the cheapest of others that is. */
export async function goalRow(
  pricing: Pricing,
  paces: readonly Pace[],
  quick: boolean,
): Promise<BenchRow> {
  const byDefault = await pricing.price(GOAL_RATE, WATCHED);
  const isFresh = byDefault.traffic.p99Ms <= GOAL_AGE_MS;
  const cheapest = isFresh ? undefined : await cheapestOf(pricing, GOAL_RATE, GOAL_AGE_MS, paces);
  const priced = cheapest ?? byDefault;
  const { deployment, traffic } = priced;
  const eachReport = eachReportDollars(priced);
  const bounds = isGoal(priced) ? await breakingIsolates(pricing, priced, quick) : undefined;
  return {
    what: `Dollars for a billion timings at ${figure(GOAL_RATE)} requests/s, shown within 1 s (p99)`,
    goal: `≤ $${GOAL_DOLLARS}`,
    measured: dollars(priced.perBillion),
    verdict: verdictOf(isGoal(priced)),
    spread: "simulated, seeded",
    note:
      `${isFresh ? "as it comes, while somebody watches" : "not as it comes"}: ${paceName(deployment)} ms; ` +
      `p99 age ${figure(traffic.p99Ms)} ms; ${FLEET.targets} targets of ${FLEET.operations} operations; prices of ` +
      `${PRICES_READ_AT}, nothing included taken off. It rests on two things: ${deployment.isolates} isolates ` +
      `are assumed${boundsText(deployment, bounds)}, and ${SESSIONS_BILLED}: if each report were, ${dollars(eachReport)}`,
    data: {
      perBillion: priced.perBillion,
      p99Ms: traffic.p99Ms,
      eachReportBilled: eachReport,
      ...(bounds !== undefined && {
        reachedAtIsolates: bounds.reached,
        missedAtIsolates: bounds.missed,
      }),
    },
  };
}

function isGoal({ perBillion: asked, traffic }: Priced): boolean {
  return asked <= GOAL_DOLLARS && traffic.p99Ms <= GOAL_AGE_MS;
}

function eachReportDollars({ deployment, eachReportBilled }: Priced): number {
  return perBillion(billOf(eachReportBilled).dollars, timingsPerSecond(deployment));
}

/** Isolates at which the goal is reached, and more of them at which it is not. */
interface IsolateBounds {
  readonly reached: number;
  readonly missed: number;
}

/** Above the isolates that are assumed; undefined if so many are no matter. */
async function breakingIsolates(
  pricing: Pricing,
  { deployment }: Priced,
  quick: boolean,
): Promise<IsolateBounds | undefined> {
  const { flushMs, lingerMs, tickMs } = deployment;
  const isGoalAt = async (isolates: number): Promise<boolean> =>
    isGoal(await pricing.price(GOAL_RATE, { flushMs, lingerMs, tickMs }, isolates));
  let reached = deployment.isolates;
  let missed: number = MANY_ISOLATES;
  if (await isGoalAt(missed)) return undefined;
  while (missed - reached > (quick ? BOUNDS_QUICKLY : BOUNDS) * reached) {
    const between = Math.round((reached + missed) / 2);
    if (await isGoalAt(between)) reached = between;
    else missed = between;
  }
  return { reached, missed };
}

function boundsText(deployment: Deployment, bounds: IsolateBounds | undefined): string {
  if (bounds === undefined) return "";
  const { reached, missed } = bounds;
  const [before, then] = [reached, missed].map((isolates) =>
    shardsPerTarget({ ...deployment, isolates }),
  );
  const why = before === then ? "" : `, where a target has ${then} shards,`;
  return `, with up to ${reached} it is reached and with ${missed}${why} not`;
}

/** Us and the designs that people write first, at each rate. */
export async function designsTable(pricing: Pricing, naive: NaiveCounts): Promise<BenchTable> {
  const watched = await Promise.all(RATES.map((rate) => pricing.price(rate, WATCHED)));
  const unwatched = await Promise.all(RATES.map((rate) => pricing.price(rate, UNWATCHED)));
  const { targets } = FLEET;
  const usageBy = (of: (rate: number) => Usage): readonly Usage[] => RATES.map(of);
  const designs: readonly (readonly [string, readonly Usage[], string])[] = [
    [
      "Tachograph, always watched",
      watched.map(({ usage }) => usage),
      `exact percentiles, ${ageText(watched[1])} old (p99)`,
    ],
    [
      EACH_BILLED,
      watched.map(({ eachReportBilled }) => eachReportBilled),
      `no design: the first line rests on it that ${SESSIONS_BILLED}`,
    ],
    [
      NEVER_WATCHED,
      unwatched.map(({ usage }) => usage),
      `exact percentiles, ${ageText(unwatched[1])} old (p99)`,
    ],
    [
      "a D1 row per timing",
      usageBy((rate) => d1RowsUsage(naive, rate * targets)),
      `sorted when asked; one database holds 10 GB, ${figure(hoursIn10Gb(naive.d1Bytes, GOAL_RATE * targets))} h at 1,000 requests/s`,
    ],
    [
      "a Durable Object call per timing, a row each",
      usageBy((rate) => objectCallsUsage(naive, rate, targets)),
      "an object takes some 500 a second: 200 for each target at 100,000",
    ],
    [
      "Analytics Engine, a data point per timing",
      usageBy((rate) => analyticsEngineUsage(rate * targets)),
      "sampled at volume, seen after minutes; announced price, not billed yet",
    ],
  ];
  const data: Record<string, readonly number[]> = {};
  const billionsBy = new Map<string, readonly number[]>();
  const rows = designs.map(([name, usages, note]) => {
    const bills = usages.map((usage) => billOf(usage).dollars);
    const billions = bills.map((bill, i) => perBillion(bill, (RATES[i] ?? 0) * targets));
    billionsBy.set(name, billions);
    data[`${name}, $ a billion`] = billions;
    data[`${name}, $ a month`] = bills;
    return [name, ...billions.map(dollars), ...bills.map(dollars), note];
  });
  const heads = (what: string): string[] => RATES.map((rate) => `${what}, ${figure(rate)}/s`);
  const included = billOf(watched[0]?.usage ?? {}, true).dollars;
  return {
    title: `Dollars by requests/s, ${targets} calls timed in each, prices of ${PRICES_READ_AT}`,
    columns: ["Design", ...heads("$ a billion timings"), ...heads("$ a month"), "What it is"],
    rows,
    notes: [
      `Isolates: at least ${ASSUMPTIONS.leastIsolates}, and one for each ${ASSUMPTIONS.requestsPerIsolate} requests/s, as in the family scale. Tachograph's rows, requests and alarms: what the project's own client and group commit do in virtual time, times what was counted in workerd.`,
      `Nothing that the $5 plan includes is taken off, as others use it, too. With all of it, always watched at ${figure(RATES[0])}/s is ${dollars(included)} a month instead of ${dollars(watched[0]?.bill.dollars ?? Number.NaN)}.`,
      `Rows of the others are kept ${KEPT_DAYS} days and deleted, which is billed as it is for us: ${figure(naive.d1Bytes)} bytes each in D1 with an index, ${figure(naive.objectBytes)} in an object. Their CPU is left out, and what it costs to read them: D1 reads every row of a percentile.`,
      "Not in it: requests to the tracking Worker itself, which are there anyway; alerts on their way to channels; people's time; what Cloudflare grants to those who ask.",
      ...losses(billionsBy),
    ],
    data,
  };
}

/** Where somebody else asks less than Tachograph does when it is always watched, the first of them. */
function losses(billionsBy: ReadonlyMap<string, readonly number[]>): string[] {
  const [[, ours] = ["", []], ...others] = billionsBy;
  return others.flatMap(([name, theirs]) =>
    RATES.flatMap((rate, i) => {
      const [our = Number.NaN, their = Number.NaN] = [ours[i], theirs[i]];
      if (their >= our || name === NEVER_WATCHED || name === EACH_BILLED) return [];
      return `At ${figure(rate)}/s, ${name} costs ${figure(their / our)} of Tachograph: objects are awake and collected however little there is to tell.`;
    }),
  );
}

/** What the money is for. */
export async function dollarsTable(pricing: Pricing, rate: number): Promise<BenchTable> {
  const [watched, unwatched] = await Promise.all([
    pricing.price(rate, WATCHED),
    pricing.price(rate, UNWATCHED),
  ]);
  const timings = timingsPerSecond(watched.deployment);
  const data: Record<string, number> = {};
  const rows = watched.bill.lines.map(({ item, units, dollars: asked }) => {
    const other = unwatched.bill.lines.find((line) => line.item === item)?.dollars ?? 0;
    data[`${item} a month`] = units;
    const { dollars: price, per, unit } = PRICE_LIST[item];
    return [
      ITEM_NAMES[item],
      figure(units),
      `${dollars(price)} per ${per === 1 ? "" : `${figure(per / 1e6)} million `}${unit}`,
      dollars(asked),
      dollars(perBillion(asked, timings)),
      figure((asked / watched.bill.dollars) * 100),
      dollars(perBillion(other, timings)),
    ];
  });
  const { traffic } = watched;
  return {
    title: `Where Tachograph's dollars go at ${figure(rate)} requests/s, always watched`,
    columns: [
      "For",
      "Units a month",
      "Price",
      "$ a month",
      "$ a billion timings",
      "%",
      "$ a billion, never watched",
    ],
    rows,
    notes: [
      `In a second: ${figure(traffic.flushesPerSecond)} flushes of isolates, ${figure(traffic.shardRequestsPerSecond)} sessions and single reports to shards, ${figure(traffic.commitsPerSecond)} log rows.`,
      "Every object is billed for all the time: 0.128 GB each for the coordinator and the shards. CPU is this machine's.",
      `Sources: ${[...new Set(Object.values(PRICE_LIST).map(({ source }) => source))].join(", ")}.`,
    ],
    data,
  };
}

/** For each freshness the cheapest of the paces that keep it. */
export async function cheapestTable(
  pricing: Pricing,
  paces: readonly Pace[],
  rates: readonly number[],
): Promise<BenchTable> {
  const rows: string[][] = [];
  for (const freshMs of FRESHNESS_MS) {
    for (const rate of rates) {
      const byDefault = await pricing.price(rate, WATCHED);
      const cheapest = await cheapestOf(pricing, rate, freshMs, paces);
      rows.push([
        `${freshMs / 1_000} s`,
        figure(rate),
        cheapest === undefined ? "none of them" : paceName(cheapest.deployment),
        ageText(cheapest),
        dollars(cheapest?.perBillion ?? Number.NaN),
        ageText(byDefault),
        dollars(byDefault.perBillion),
      ]);
    }
  }
  return {
    title: "The cheapest configuration that still shows 99 % of the timings in time",
    columns: [
      "Within",
      "Requests/s",
      "Cheapest, ms",
      "p99 age",
      "$ a billion timings",
      "p99 age as it comes",
      "$ as it comes",
    ],
    rows,
    notes: [
      `Of ${paces.length} that were tried; \`flush.watchedMs\`, \`linger.watchedMs\` and \`cadence.watchedMs\` of \`tachograph.config.ts\`. As it comes: ${paceName(WATCHED)}.`,
      `Age: from the end of a call until the tick that has it is over, with ${ASSUMPTIONS.networkMs} ms to a shard, ${ASSUMPTIONS.commitMs} ms a commit and ${ASSUMPTIONS.roundTripMs} ms from the coordinator to a shard and back; the frame's way to whoever looks is not in it.`,
      "With a linger as long as a tick it is the collects that commit, which is fewer rows.",
    ],
  };
}

/** What the assumption about isolates is worth. */
export async function isolatesTable(pricing: Pricing, quick: boolean): Promise<BenchTable> {
  const assumed = isolatesFor(GOAL_RATE);
  const counts = quick ? [10, MANY_ISOLATES] : FEWER_OR_MORE_ISOLATES;
  const isolates = [...new Set([...counts, assumed])].toSorted((left, right) => left - right);
  const rows: string[][] = [];
  const data: Record<string, number> = {};
  for (const count of isolates) {
    const watched = await pricing.price(GOAL_RATE, WATCHED, count);
    const unwatched = await pricing.price(GOAL_RATE, UNWATCHED, count);
    data[`${count} isolates, $ a billion`] = watched.perBillion;
    rows.push([
      `${figure(count)}${count === assumed ? ", as assumed" : ""}`,
      figure(watched.traffic.flushesPerSecond),
      figure(watched.traffic.shardRequestsPerSecond),
      dollars(watched.perBillion),
      dollars(eachReportDollars(watched)),
      ageText(watched),
      dollars(unwatched.perBillion),
    ]);
  }
  return {
    title: `Isolates of the tracking Worker at ${figure(GOAL_RATE)} requests/s`,
    columns: [
      "Isolates",
      "Flushes/s",
      "Sessions and single reports/s",
      "$ a billion, always watched",
      "each report billed",
      "p99 age",
      "$ a billion, never watched",
    ],
    rows,
    notes: [
      "Cloudflare does not say how many there are: it sends the requests of a Worker in one place to as few as can take them.",
      `Each report billed: what it would cost if it were not so that ${SESSIONS_BILLED}.`,
    ],
    data,
  };
}

async function cheapestOf(
  pricing: Pricing,
  rate: number,
  freshMs: number,
  paces: readonly Pace[],
): Promise<Priced | undefined> {
  let cheapest: Priced | undefined;
  for (const pace of paces) {
    const priced = await pricing.price(rate, pace);
    if (priced.traffic.p99Ms > freshMs) continue;
    if (cheapest === undefined || priced.perBillion < cheapest.perBillion) cheapest = priced;
  }
  return cheapest;
}

function ageText(priced: Priced | undefined): string {
  return priced === undefined ? "–" : `${figure(priced.traffic.p99Ms / 1_000)} s`;
}

function hoursIn10Gb(bytes: number, perSecond: number): number {
  return 10e9 / bytes / perSecond / 3_600;
}

function dollars(value: number): string {
  return Number.isFinite(value) ? `$${figure(value)}` : "–";
}
