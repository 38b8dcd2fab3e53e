import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type V4MiniflareOptions,
  type V4WorkerOptions,
} from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";
import { bundleWorker } from "./bundle.ts";
import { onEnd } from "./cleanup.ts";
import { makeRunDirectory } from "./run-directory.ts";

const ROOT_DIR = dirname(dirname(import.meta.dirname));
const PLATFORMS = "tachograph-example-platforms";
const TRACKING = "tracking";

/** Opens everything: the bench sets limits at run time. */
export const FLEET_TOKEN = "bench-admin";

/** Tachograph, the simulated platforms and several isolates of the example tracking Worker. */
export interface Fleet {
  readonly tachograph: string;
  readonly platforms: string;
  /** One address per isolate. */
  readonly tracking: readonly string[];
  stop(): Promise<void>;
}

/**
 * Runs the system as its own `wrangler.toml` files describe it, in one workerd, with a queue broker
 * of Miniflare's: plain workerd has none. A Worker of workerd is one isolate, so that the tracking
 * Worker runs under as many names, each with its own client. Its objects are shared, as isolates
 * share them; a queue has a single consumer here, so each name has a queue of its own.
 */
export async function startFleet(isolates: number): Promise<Fleet> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("fleet");
  const options = await fleetOptions(runDir, isolates);
  const miniflare = new Miniflare(convertV4MiniflareOptions(options));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= miniflare.dispose().finally(removeRun));
  onEnd(stop);
  await migrate(miniflare);
  const address = async (name: string): Promise<string> => {
    const url = await miniflare.unsafeGetDirectURL(name);
    return url.origin;
  };
  return {
    tachograph: await address("tachograph"),
    platforms: await address(PLATFORMS),
    tracking: await Promise.all(isolateNames(isolates).map(address)),
    stop,
  };
}

async function fleetOptions(runDir: string, isolates: number): Promise<V4MiniflareOptions> {
  const tachograph = await workerOf(runDir, "tachograph", "wrangler.toml");
  const platforms = await workerOf(runDir, PLATFORMS, "examples/platforms/wrangler.toml");
  const tracking = await workerOf(
    runDir,
    TRACKING,
    "examples/tracking-worker/wrangler.toml",
    "bench/workers/tracking-fleet.ts",
  );
  const grant = { tenant: "default", scopes: ["admin"], plan: "unlimited" };
  // Instead of what a .dev.vars says.
  const bindings = { TOKENS: JSON.stringify({ [FLEET_TOKEN]: grant }) };
  return {
    // Without it, it would ask the internet where it is.
    cf: false,
    log: new Log(LogLevel.WARN),
    resourcePersistencePath: join(runDir, "state"),
    workers: [
      { ...tachograph, bindings },
      platforms,
      ...isolateNames(isolates).map((name) => isolateOf(tracking, name)),
    ],
  };
}

function isolateNames(isolates: number): string[] {
  return Array.from({ length: isolates }, (_, i) => `${TRACKING}-${i}`);
}

/**
 * What `wrangler dev` would make of a `wrangler.toml`, bundled.
 * @param entry instead of its main file.
 */
async function workerOf(
  runDir: string,
  name: string,
  configFile: string,
  entry?: string,
): Promise<V4WorkerOptions> {
  const { main, workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT_DIR, configFile));
  const file = entry === undefined ? main : join(ROOT_DIR, entry);
  if (file === undefined) throw new Error(`${configFile} names no main file`);
  const scriptPath = join(runDir, `${name}.js`);
  await bundleWorker(file, scriptPath);
  // The page is no part of what is measured.
  const { assets: _, ...options } = workerOptions;
  return {
    ...options,
    name,
    rootPath: runDir,
    modules: [{ type: "ESModule", path: scriptPath }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** The tracking Worker under another name: another isolate. */
function isolateOf(worker: V4WorkerOptions, name: string): V4WorkerOptions {
  const isFirst = name === `${TRACKING}-0`;
  const { durableObjects = {}, queueProducers = {}, queueConsumers = {} } = worker;
  const objects = Object.entries(durableObjects).map(([binding, object]) => {
    const options = typeof object === "string" ? { className: object } : object;
    return [binding, isFirst ? options : { ...options, scriptName: `${TRACKING}-0` }] as const;
  });
  const own = new Map<string, string>();
  const producers = Object.entries(queueProducers).map(([binding, producer]) => {
    const { queueName, ...rest } =
      typeof producer === "string" ? { queueName: producer } : producer;
    own.set(queueName, `${queueName}-${name}`);
    return [binding, { ...rest, queueName: `${queueName}-${name}` }] as const;
  });
  // What nobody sends to by name, dead letters, goes to one queue, which the first consumes.
  const consumers = Object.entries(queueConsumers).flatMap(([queue, consumer]) => {
    const queueName = own.get(queue) ?? (isFirst ? queue : undefined);
    return queueName === undefined ? [] : [[queueName, consumer] as const];
  });
  return {
    ...worker,
    name,
    durableObjects: Object.fromEntries(objects),
    queueProducers: Object.fromEntries(producers),
    queueConsumers: Object.fromEntries(consumers),
  };
}

async function migrate(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB", "tachograph");
  const directory = join(ROOT_DIR, "migrations");
  for (const file of readdirSync(directory).toSorted()) {
    const statements = unstable_splitSqlQuery(readFileSync(join(directory, file), "utf8"));
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
