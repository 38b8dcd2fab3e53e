import { seededRandom } from "../../test/support/seeded-random.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { percentile } from "../lib/statistics.ts";
import { startSystem } from "../lib/workerd.ts";
import type { Pace } from "./at-random.ts";
import { measureD1Rows } from "./d1-rows.ts";
import { type Looks, measureFirstLooks } from "./first-look.ts";
import { measureInfluxdb } from "./influxdb.ts";
import type { PeerFreshness } from "./peer-freshness.ts";
import { LOOK_MS } from "./polled.ts";
import { measureScraped, SCRAPE_SECONDS } from "./scraped.ts";
import { measureVictoriaMetrics } from "./victoria-metrics.ts";
import { measureWatched } from "./watched.ts";

const GOAL_MS = 1_000;
/** What a scrape is usually set to; Prometheus' own default is 60 s. */
const USUAL_SCRAPE_SECONDS = 15;
const OTLP_SECONDS = 60;
/** As many as give the 99th percentile of what is computed. */
const COMPUTED = 10_000;

interface Timing {
  readonly watched: Pace;
  readonly looks: Looks;
  readonly peers: Pace;
}

const FULL: Timing = {
  watched: { perSecond: 10, durationMs: 15_000 },
  looks: { tenants: 24, spreadMs: 5_000 },
  peers: { perSecond: 20, durationMs: 5_000 },
};
const QUICK: Timing = {
  watched: { perSecond: 10, durationMs: 2_000 },
  looks: { tenants: 4, spreadMs: 1_000 },
  peers: { perSecond: 20, durationMs: 1_000 },
};

interface Failed {
  readonly missing: string;
}

/** One line of the table. */
interface Line {
  readonly system: string;
  readonly way: string;
  readonly freshness: PeerFreshness;
}

/** From the end of a call until somebody can see it, for us and for what people use instead. */
export async function measureFreshness({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const { watched: watchedPace, looks, peers: pace } = quick ? QUICK : FULL;
  const system = await startSystem();
  let watched: readonly number[];
  let lacked: readonly number[];
  try {
    progress("freshness: Tachograph, watched");
    watched = await measureWatched(system, watchedPace);
    progress("freshness: Tachograph, looked at for the first time");
    lacked = await measureFirstLooks(system, looks);
  } finally {
    await system.stop();
  }
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <Measured>(
    name: string,
    measure: (pace: Pace) => Promise<Measured>,
  ): Promise<Measured | Failed> => {
    // For a look, all at once: that costs them some milliseconds, and saves ten seconds.
    const measured = (quick ? Promise.resolve() : before).then(() => {
      progress(`freshness: ${name}`);
      return orWhyNot(measure(pace));
    });
    before = measured;
    return measured;
  };
  const [victoria, influx, d1, scraped] = await Promise.all([
    inTurn("VictoriaMetrics", measureVictoriaMetrics),
    inTurn("InfluxDB", measureInfluxdb),
    inTurn("rows in D1", measureD1Rows),
    inTurn("Prometheus", measureScraped),
  ]);
  const usual =
    "missing" in scraped
      ? scraped
      : { delaysMs: atInterval(USUAL_SCRAPE_SECONDS, scraped.afterScrapeMs) };
  const lines: Line[] = [
    { system: "Tachograph", way: "watched over a WebSocket", freshness: { delaysMs: watched } },
    {
      system: "Tachograph",
      way: "nobody watched: what the first `GET /v1/live` lacks",
      freshness: { delaysMs: lacked },
    },
    { system: "A row per call in D1", way: "a query", freshness: d1 },
    { system: "InfluxDB", way: "a request per call, a query", freshness: influx },
    { system: "VictoriaMetrics", way: "a request per call, a query", freshness: victoria },
    {
      system: "prom-client, Prometheus",
      way: `scraped every ${SCRAPE_SECONDS} s, a query`,
      freshness: scraped,
    },
    {
      system: "prom-client, Prometheus",
      way: `scraped every ${USUAL_SCRAPE_SECONDS} s (computed)`,
      freshness: usual,
    },
    {
      system: "OpenTelemetry SDK",
      way: `pushed every ${OTLP_SECONDS} s, its default (computed)`,
      freshness: { delaysMs: atInterval(OTLP_SECONDS, [0]) },
    },
  ];
  return { rows: [rowOf(watched, watchedPace), ...missingRows(lines)], tables: [tableOf(lines)] };
}

function missingRows(lines: readonly Line[]): BenchRow[] {
  const missing = new Map(
    lines.flatMap(({ system, freshness }) =>
      "missing" in freshness ? [[system, freshness.missing] as const] : [],
    ),
  );
  return [...missing].map(([system, why]) => skippedRow(`Freshness: ${system}`, "–", why));
}

/** What fails with one system does not keep the others from being measured; its line says why. */
async function orWhyNot<Measured>(measured: Promise<Measured>): Promise<Measured | Failed> {
  try {
    return await measured;
  } catch (cause) {
    return { missing: `failed: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** Calls that end at any time of an interval, and are then seen as late as these. */
function atInterval(seconds: number, afterMs: readonly number[]): number[] {
  const random = seededRandom(31);
  return Array.from(
    { length: COMPUTED },
    (_, i) => random() * seconds * 1_000 + (afterMs[i % afterMs.length] ?? 0),
  );
}

function rowOf(delaysMs: readonly number[], { perSecond }: Pace): BenchRow {
  const p99 = percentile(delaysMs, 99);
  return {
    what: "Freshness while watched: end of the call in the tracking Worker to the WebSocket frame",
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `p99 ${figure(p99)} ms`,
    verdict: verdictOf(p99 <= GOAL_MS),
    spread: `p50 ${figure(percentile(delaysMs, 50))}, longest ${figure(Math.max(...delaysMs))} ms, n = ${delaysMs.length}`,
    note: `${perSecond} calls/s at random times, one machine; distances come on top`,
    data: { delaysMs },
  };
}

function tableOf(lines: readonly Line[]): {
  title: string;
  columns: string[];
  rows: string[][];
  notes: string[];
  data: Record<string, number | readonly number[]>;
} {
  const missing = lines.flatMap(({ system, freshness }) =>
    "missing" in freshness ? [`${system}: ${freshness.missing}.`] : [],
  );
  return {
    title: "End of a call until it can be seen",
    columns: ["System", "How", "p50, ms", "p99, ms", "longest, ms", "n"],
    rows: lines.map(({ system, way, freshness }) => [system, way, ...cellsOf(freshness)]),
    notes: [...NOTES, ...new Set(missing)],
    data: Object.fromEntries(
      lines.flatMap(({ system, way, freshness }) =>
        "missing" in freshness || freshness.delaysMs.length === COMPUTED
          ? []
          : [[`${system}, ${way}`, freshness.delaysMs] as const],
      ),
    ),
  };
}

function cellsOf(freshness: PeerFreshness): string[] {
  if ("missing" in freshness) return ["–", "–", "–", "–"];
  const { delaysMs } = freshness;
  const isComputed = delaysMs.length === COMPUTED;
  return [
    figure(percentile(delaysMs, 50)),
    figure(percentile(delaysMs, 99)),
    figure(delaysMs.reduce((most, delayMs) => Math.max(most, delayMs))),
    isComputed ? "–" : figure(delaysMs.length),
  ];
}

const NOTES = [
  "We lose against InfluxDB and rows in D1: what they have answered for can be seen by the next " +
    "query. It costs them a request for every call, where an isolate of ours reports once in 250 ms " +
    "while somebody watches and once in 2 s while nobody does; D1 writes two rows for each call, and " +
    "every look reads all rows of its stretch of time. The family cost has that in dollars.",
  `Peers are asked every ${LOOK_MS} ms, which is part of their figures, and are told by a process ` +
    "next to them; distances come on top for all.",
  "VictoriaMetrics makes searchable what it took once a second, and is asked with `nocache=1`: " +
    "without that, a query shows nothing of the last 30 s by default (`search.latencyOffset`), and of " +
    "the last second at best.",
  "The first look at what nobody watched brings a tick about, and has all that isolates have reported: " +
    "what it lacks is at most as old as their interval of 2 s. From then on it is watched.",
  `Computed: a call ends at any time of the interval, and what was measured after the scrape comes on ` +
    "top; for OpenTelemetry nothing does. Prometheus' own default is a scrape a minute.",
];
