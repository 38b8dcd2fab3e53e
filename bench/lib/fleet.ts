import { join } from "node:path";
import {
  convertV4MiniflareOptions,
  Miniflare,
  type V4MiniflareOptions,
  type V4WorkerOptions,
} from "miniflare";
import { onEnd } from "./cleanup.ts";
import { MINIFLARE_LOGS } from "./miniflare-logs.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { migrateDatabase, wranglerWorker } from "./wrangler-worker.ts";

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
  await migrateDatabase(miniflare, "tachograph");
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
  const tachograph = await wranglerWorker(runDir, {
    name: "tachograph",
    configFile: "wrangler.toml",
  });
  const platforms = await wranglerWorker(runDir, {
    name: PLATFORMS,
    configFile: "examples/platforms/wrangler.toml",
  });
  const tracking = await wranglerWorker(runDir, {
    name: TRACKING,
    configFile: "examples/tracking-worker/wrangler.toml",
    entry: "bench/workers/tracking-fleet.ts",
  });
  const grant = { tenant: "default", scopes: ["admin"], plan: "unlimited" };
  // A secret: no configuration has it.
  const bindings = { TOKENS: JSON.stringify({ [FLEET_TOKEN]: grant }) };
  return {
    // Without it, it would ask the internet where it is.
    cf: false,
    ...MINIFLARE_LOGS,
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
