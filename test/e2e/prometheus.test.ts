import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { dashboards, withoutVariables } from "../support/artefacts/committed.ts";
import { Api, type Stats, TOKENS } from "./api.ts";
import { noPrometheus, PrometheusServer, type Series } from "./prometheus-server.ts";
import { Reference, type Timing } from "./reference.ts";
import { Reporter } from "./reporter.ts";
import { System } from "./system.ts";

/*
 * Debian's Prometheus scrapes Tachograph through a kill -9, as prometheus/ has it: one that takes
 * native histograms and one that does not.
 */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? Date.now() % 1_000_000);
const SENDING_MS = 8_000;
const SETTLE_TIMEOUT_MS = 30_000;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HISTOGRAM = "tachograph_call_duration_seconds";

/** How far apart two values of one bucket are at most, and what our own layout adds. */
const SCHEMA_BOUND = 2 ** (2 ** -8) * 1.001;

/** Bounds of the classic buckets; those of the grades are among them. */
const BOUNDS_MS = [1, 50, 75, 100, 200, 250, 500, 1_000, 2_000, 10_000];

let system: System;
let api: Api;
let native: PrometheusServer;
let classic: PrometheusServer;
let startedMs: number;
/** What each series has, by `target/operation`. */
const truth = new Map<string, { reference: Reference; durationsUs: number[] }>();

interface SentTiming extends Timing {
  readonly measures?: object;
  readonly traceId?: string;
}

/** At the bounds, just above them, and something of every kind. */
function knownTimings(): SentTiming[] {
  const ofMeta = BOUNDS_MS.flatMap((ms, at) =>
    [ms * 1_000, ms * 1_010].flatMap((durationUs) =>
      Array.from({ length: at + 1 }, () => ({
        target: "meta",
        operation: "bounds",
        durationUs,
        outcome: "ok" as const,
      })),
    ),
  );
  const d1 = { rowsRead: 30, rowsWritten: 2, sqlMs: 4, waitMs: 2, slow: 1, sizeBytes: 4_096 };
  const others: SentTiming[] = [
    { target: "worker", operation: "track", durationUs: 12_000, outcome: "ok", traceId: TRACE },
    { target: "d1", operation: "select", durationUs: 8_000, outcome: "ok", measures: d1 },
    { target: "cache", operation: "l1", durationUs: 900, outcome: "hit", measures: { keys: 7 } },
    { target: "cache", operation: "l3", durationUs: 9_000, outcome: "miss" },
    { target: "queue", operation: "process", durationUs: 30_000, outcome: "error" },
    { target: "tiktok", operation: "events", durationUs: 90_000, outcome: "rate_limited" },
    {
      target: "probe",
      operation: "lost",
      durationUs: 5_000,
      outcome: "ok",
      measures: { value: 3, failing: 1 },
    },
  ];
  return [...ofMeta, ...others];
}

function note({ target, operation, durationUs, outcome }: Timing): void {
  const name = `${target}/${operation}`;
  const entry = truth.get(name) ?? { reference: new Reference(), durationsUs: [] };
  entry.reference.record(durationUs, outcome);
  entry.durationsUs.push(durationUs);
  truth.set(name, entry);
}

async function sendKnown(): Promise<void> {
  const timings = knownTimings();
  const { accepted } = await api.postTimings({
    timings: timings.map(({ durationUs, ...timing }) => ({
      ...timing,
      durationMs: durationUs / 1_000,
    })),
  });
  expect(accepted).toBe(timings.length);
  timings.forEach(note);
}

/** Sends for some seconds, with a kill -9 and a restart in between, until all is acknowledged. */
async function sendThroughCrash(): Promise<void> {
  let isOpen = true;
  const abort = new AbortController();
  const reporters = ["a", "b"].map(
    (name, at) =>
      new Reporter({ url: system.url, name: `edge-${name}`, kind: "timings", seed: SEED + at }),
  );
  const sending = Promise.all(reporters.map((one) => one.run(() => isOpen, abort.signal)));
  try {
    await Promise.race([sleep(SENDING_MS), sending]);
    await system.kill();
    await sleep(1_500);
    await system.boot();
    await Promise.race([sleep(SENDING_MS), sending]);
    isOpen = false;
    await sending;
  } finally {
    isOpen = false;
    abort.abort(new Error("the sending is over"));
    await Promise.allSettled([sending]);
  }
  for (const { acknowledged } of reporters) acknowledged.forEach(note);
}

function totalCount(): number {
  return [...truth.values()].reduce((sum, { durationsUs }) => sum + durationsUs.length, 0);
}

/** Until a Prometheus has scraped everything that was acknowledged. */
async function scraped(server: PrometheusServer): Promise<void> {
  const wanted = totalCount();
  let seen: number | undefined;
  for (const deadline = Date.now() + SETTLE_TIMEOUT_MS; Date.now() < deadline; await sleep(250)) {
    seen = await server.value("sum(tachograph_calls_total)");
    if (seen === wanted) return;
  }
  const up = await server.query("up");
  throw new Error(`${seen} of ${wanted} scraped; up: ${JSON.stringify(up)}\n${server.log}`);
}

function selected(name: string, more = ""): string {
  const [target, operation] = name.split("/");
  return `target="${target}",operation="${operation}"${more}`;
}

/** Where values went down, in words. */
function fallsOf(series: readonly Series[]): string[] {
  return series.flatMap(({ metric, values }) =>
    values.flatMap(([at, value], index) => {
      const before = Number(values[index - 1]?.[1] ?? 0);
      return Number(value) < before
        ? [`${JSON.stringify(metric)} fell from ${before} to ${value} at ${at}`]
        : [];
    }),
  );
}

describe.skipIf(noPrometheus !== undefined)("a real Prometheus", () => {
  beforeAll(async () => {
    system = await System.start();
    api = new Api(system.url);
    const options = { host: `127.0.0.1:${system.port}`, token: TOKENS.read };
    startedMs = Date.now();
    [native, classic] = await Promise.all([
      PrometheusServer.start({ ...options, features: ["native-histograms", "exemplar-storage"] }),
      PrometheusServer.start({ ...options, features: ["exemplar-storage"] }),
    ]);
    await sendKnown();
    await sendThroughCrash();
    const live = await api.merged(totalCount());
    expect(live.ledger.merged).toBe(totalCount());
    await Promise.all([scraped(native), scraped(classic)]);
  }, 150_000);

  afterAll(async () => {
    await Promise.allSettled([native?.dispose(), classic?.dispose()]);
    await system?.dispose();
  });

  it("has seen the crash, and both sides of it", async () => {
    for (const server of [native, classic]) {
      const ups = await server.range("up", startedMs, Date.now());
      const seen = ups.flatMap(({ values }) => values.map(([, value]) => value)).join("");
      expect(seen).toMatch(/1+0+1+/);
      expect(
        await server.value("changes(tachograph_started_timestamp_seconds[5m])"),
      ).toBeGreaterThan(0);
    }
  });

  it("gets percentiles from native histograms as /v1/live has them", async () => {
    onTestFailed(() => console.error(`TACHOGRAPH_SEED=${SEED}`));
    const { series } = await api.live();
    const fields: readonly (readonly [number, keyof Stats])[] = [
      [0.5, "p50Ms"],
      [0.9, "p90Ms"],
      [0.95, "p95Ms"],
      [0.99, "p99Ms"],
      [0.999, "p999Ms"],
    ];
    let compared = 0;
    for (const { target, operation, windows } of series) {
      if (operation === "*") continue;
      const selector = `${HISTOGRAM}{${selected(`${target}/${operation}`)}}`;
      expect(await native.value(`histogram_count(${selector})`)).toBe(windows["1h"].count);
      for (const [quantile, field] of fields) {
        const told = Number(windows["1h"][field]) / 1_000;
        const found = await native.value(`histogram_quantile(${quantile}, ${selector})`);
        const what = `p${quantile * 100} of ${target}/${operation}: ${found} and ${told}`;
        if (found === undefined) throw new Error(`${what}: nothing was scraped`);
        expect(Math.max(found / told, told / found), what).toBeLessThanOrEqual(SCHEMA_BOUND);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(12 * fields.length);
  });

  it("gets exact counts at the bounds of classic buckets, and exact sums", async () => {
    const { durationsUs = [] } = truth.get("meta/bounds") ?? {};
    for (const ms of BOUNDS_MS) {
      const seconds = String(ms / 1_000);
      const le = `le=~"${seconds}|${seconds}.0"`;
      expect(
        await classic.value(`${HISTOGRAM}_bucket{${selected("meta/bounds", `,${le}`)}}`),
        `≤ ${ms} ms`,
      ).toBe(durationsUs.filter((us) => us <= ms * 1_000).length);
    }
    for (const [name, { reference, durationsUs: all }] of truth) {
      const bucket = `${HISTOGRAM}_bucket{${selected(name, ',le="+Inf"')}}`;
      expect(await classic.value(bucket), name).toBe(all.length);
      expect(await classic.value(`${HISTOGRAM}_count{${selected(name)}}`), name).toBe(all.length);
      expect(await classic.value(`${HISTOGRAM}_sum{${selected(name)}}`), name).toBeCloseTo(
        reference.sumUs / 1e6,
        6,
      );
    }
  });

  it("has never seen a counter go down", async () => {
    const counters = '{__name__=~"tachograph_.*_(total|count|sum|bucket)"}';
    for (const server of [native, classic]) {
      const series = await server.range(counters, startedMs, Date.now());
      expect(series.length).toBeGreaterThan(50);
      expect(fallsOf(series)).toEqual([]);
    }
    const histograms = await native.range(`histogram_count(${HISTOGRAM})`, startedMs, Date.now());
    expect(histograms.length).toBe(truth.size);
    expect(fallsOf(histograms)).toEqual([]);
  });

  it("counts what was sent, outcome by outcome", async () => {
    for (const [name, { reference }] of truth) {
      for (const [outcome, count] of Object.entries(reference.outcomes)) {
        if (count === 0) continue;
        const calls = `tachograph_calls_total{${selected(name, `,outcome="${outcome}"`)}}`;
        expect(await native.value(calls), `${name} ${outcome}`).toBe(count);
      }
    }
  });

  it("evaluates every rule without an error", async () => {
    for (const server of [native, classic]) {
      const rules = await server.rules();
      expect(rules.length).toBeGreaterThan(35);
      for (const { name, health, lastError = "" } of rules)
        expect(`${name} ${health} ${lastError}`).toBe(`${name} ok `);
      for (const record of [
        "calls:rate5m",
        "error_ratio:rate5m",
        `${HISTOGRAM.slice(11)}:p95_rate5m`,
      ]) {
        const recorded = await server.query(`target:tachograph_${record}`);
        expect(recorded.length, record).toBeGreaterThan(3);
      }
      expect(server.log).not.toMatch(/level=error|err=/);
    }
    const [failing] = await native.query('ALERTS{alertname="TachographProbeFailing"}');
    expect(failing?.metric).toMatchObject({
      target: "probe",
      operation: "lost",
      alertstate: "firing",
    });
  });

  /** They say nothing of a target that is not a day old. */
  const OF_A_DAY = new Set([
    "Tachograph · Throughput: Last 5 minutes by the mean of 24 hours",
    "Tachograph · Throughput: Mean of 6 hours by the mean of 24 hours",
  ]);

  it("answers everything that the dashboards ask, and shows something in each panel", async () => {
    for (const server of [native, classic]) {
      const silent: string[] = [];
      for (const { title, panels } of dashboards()) {
        for (const panel of panels) {
          const answers = await Promise.all(
            (panel.targets ?? []).map(({ expr }) => server.query(withoutVariables(expr))),
          );
          if (answers.length > 0 && answers.flat().length === 0)
            silent.push(`${title}: ${panel.title}`);
        }
      }
      expect(silent.filter((panel) => !OF_A_DAY.has(panel))).toEqual([]);
    }
  });

  it("has the trace of a single call", async () => {
    const traces = await Promise.all(
      [native, classic].map((server) =>
        server.exemplars(`${HISTOGRAM}_bucket`, startedMs, Date.now()),
      ),
    );
    // The classic one has it; how a native histogram's are kept depends on the version.
    expect(traces[1]).toContain(TRACE);
  });
});
