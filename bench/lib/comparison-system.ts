import { join } from "node:path";
import {
  convertV4MiniflareOptions,
  Miniflare,
  type V4MiniflareOptions,
  type V4WorkerOptions,
} from "miniflare";
import { INFLUX_DATABASE } from "../peers/influxdb.ts";
import type { Usage } from "../workers/usage.ts";
import { bundleWorker } from "./bundle.ts";
import { onEnd } from "./cleanup.ts";
import { MINIFLARE_LOGS } from "./miniflare-logs.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { workerdPidIn } from "./workerd-pid.ts";
import { migrateDatabase, wranglerWorker } from "./wrangler-worker.ts";

const BENCH_DIR = join(import.meta.dirname, "..");
const COMPATIBILITY = { compatibilityDate: "2026-11-02", compatibilityFlags: ["nodejs_compat"] };

/** Opens everything; of tenant `default`, to which the tracking Worker reports, too. */
export const COMPARISON_TOKEN = "bench-admin";

/** What a tracking Worker has as its service binding. */
const INGEST = { name: "tachograph", entrypoint: "Ingest", props: { tenant: "default" } };

const SCHEMA = [
  `CREATE TABLE timings (id INTEGER PRIMARY KEY, target TEXT NOT NULL, operation TEXT NOT NULL,
    duration_us INTEGER NOT NULL, outcome TEXT NOT NULL, at INTEGER NOT NULL)`,
  "CREATE INDEX timings_by_target ON timings (target, at)",
];

export interface ComparisonOptions {
  /** Addresses of peers that a Worker tells of its calls; without them these ways are not there. */
  readonly victoriaMetricsUrl?: string;
  readonly influxdbUrl?: string;
  /** Instead of `tachograph.config.ts`: an absolute path. */
  readonly tachographConfig?: string;
  /** Isolates of the tracking Worker, 1 unless said otherwise. */
  readonly trackingIsolates?: number;
}

/** Tachograph and the designs that people write first, side by side in one workerd. */
export interface ComparisonSystem {
  readonly pid: number;
  /** `bench/workers/counted-tachograph.ts`: its HTTP API, with {@link COMPARISON_TOKEN}. */
  readonly tachograph: string;
  /** `bench/workers/naive.ts`. */
  readonly naive: string;
  /** `bench/workers/compared-tracking.ts`. */
  readonly tracking: string;
  /** The same by isolate: a Worker of workerd is one, so that it runs under as many names. */
  readonly trackingIsolates: readonly string[];
  /** `bench/workers/ingest-driver.ts`. */
  readonly driver: string;
  /** The database of `naive`, to be filled by more rows at once than it is asked to write. */
  readonly naiveDatabase: Awaited<ReturnType<Miniflare["getD1Database"]>>;
  /** Where all state is: objects, D1. */
  readonly directory: string;
  /** What has been used so far. */
  usage(of: "tachograph" | "naive" | "tracking"): Promise<Usage>;
  stop(): Promise<void>;
}

/**
 * Runs Tachograph as its `wrangler.toml` has it, with a real local D1, a Worker with the designs of
 * `naive`, a tracking Worker that can tell any of them, and platforms that answer at once.
 */
export async function startComparison(options: ComparisonOptions = {}): Promise<ComparisonSystem> {
  const { path: runDir, remove } = makeRunDirectory("comparison");
  const miniflare = new Miniflare(
    convertV4MiniflareOptions(await miniflareOptions(runDir, options)),
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= miniflare.dispose().finally(remove));
  onEnd(stop);
  await migrateDatabase(miniflare, "tachograph");
  const database = await miniflare.getD1Database("DB", "naive");
  await database.batch(SCHEMA.map((statement) => database.prepare(statement)));
  const address = async (name: string): Promise<string> =>
    (await miniflare.unsafeGetDirectURL(name)).origin;
  const trackingIsolates = await Promise.all(trackingNames(options).map(address));
  const addresses = {
    tachograph: await address("tachograph"),
    naive: await address("naive"),
    tracking: await address("tracking"),
    driver: await address("driver"),
  };
  return {
    ...addresses,
    trackingIsolates,
    naiveDatabase: database,
    pid: workerdPidIn(process.pid),
    directory: join(runDir, "state"),
    async usage(of) {
      const response = await fetch(`${addresses[of]}/bench/usage`);
      return response.json<Usage>();
    },
    stop,
  };
}

async function miniflareOptions(
  runDir: string,
  options: ComparisonOptions,
): Promise<V4MiniflareOptions> {
  const { tachographConfig } = options;
  const tachograph = await wranglerWorker(runDir, {
    name: "tachograph",
    configFile: "wrangler.toml",
    entry: "bench/workers/counted-tachograph.ts",
    ...(tachographConfig !== undefined && { tachographConfig }),
  });
  const grant = { tenant: "default", scopes: ["admin"], plan: "unlimited" };
  return {
    // Without it, it would ask the internet where it is.
    cf: false,
    ...MINIFLARE_LOGS,
    resourcePersistencePath: join(runDir, "state"),
    workers: [
      { ...tachograph, bindings: { TOKENS: JSON.stringify({ [COMPARISON_TOKEN]: grant }) } },
      await naiveWorker(runDir),
      ...(await trackingWorkers(runDir, options)),
      await plainWorker(runDir, "platforms", "platforms.ts"),
      {
        ...(await plainWorker(runDir, "driver", "ingest-driver.ts")),
        serviceBindings: { TACHOGRAPH: INGEST },
      },
    ],
  };
}

async function plainWorker(runDir: string, name: string, file: string): Promise<V4WorkerOptions> {
  const scriptPath = join(runDir, `${name}.js`);
  await bundleWorker(join(BENCH_DIR, "workers", file), scriptPath);
  return {
    name,
    rootPath: runDir,
    modules: [{ type: "ESModule", path: scriptPath }],
    ...COMPATIBILITY,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

async function naiveWorker(runDir: string): Promise<V4WorkerOptions> {
  return {
    ...(await plainWorker(runDir, "naive", "naive.ts")),
    d1Databases: { DB: "naive" },
    durableObjects: { TIMING_ROWS: { className: "TimingRows", useSQLite: true } },
  };
}

function trackingNames({ trackingIsolates = 1 }: ComparisonOptions): string[] {
  return Array.from({ length: trackingIsolates }, (_, i) =>
    i === 0 ? "tracking" : `tracking-${i}`,
  );
}

async function trackingWorkers(
  runDir: string,
  options: ComparisonOptions,
): Promise<V4WorkerOptions[]> {
  const worker = await trackingWorker(runDir, options);
  return trackingNames(options).map((name) => ({ ...worker, name }));
}

async function trackingWorker(
  runDir: string,
  { victoriaMetricsUrl, influxdbUrl }: ComparisonOptions,
): Promise<V4WorkerOptions> {
  const write = (url: string | undefined, query: string): string =>
    url === undefined ? "" : `${url}/write?${query}`;
  return {
    ...(await plainWorker(runDir, "tracking", "compared-tracking.ts")),
    serviceBindings: {
      PLATFORMS: "platforms",
      TACHOGRAPH: INGEST,
    },
    d1Databases: { DB: "naive" },
    durableObjects: {
      TIMING_ROWS: { className: "TimingRows", scriptName: "naive", useSQLite: true },
    },
    bindings: {
      VICTORIA_METRICS_URL: write(victoriaMetricsUrl, "precision=ms"),
      INFLUXDB_URL: write(influxdbUrl, `db=${INFLUX_DATABASE}&precision=ns`),
    },
  };
}
