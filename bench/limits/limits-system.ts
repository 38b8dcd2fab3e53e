import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "../lib/bundle.ts";
import { onFreePorts } from "../lib/on-free-ports.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";
import { serveWorkerd } from "../lib/workerd.ts";
import type { LimitRule } from "../../src/limits/limit-rule.ts";
import { kvConfig, limitsConfig } from "./limits-config.ts";

const WORKERS_DIR = join(import.meta.dirname, "..", "workers");
const WORKERS = [
  "limits-tachograph",
  "limits-gateway",
  "limits-driver",
  "limits-holder",
  "limits-kv",
  "d1-stand-in",
] as const;

/** The buckets under test, running. */
export interface LimitsSystem {
  /** Of the workerd that runs now. */
  readonly pid: number;
  readonly gateway: string;
  readonly driver: string;
  readonly holders: readonly string[];
  /** Kills workerd with SIGKILL and starts it again on the same storage; KV lives on. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Bundles the Workers and runs them in plain workerd, with an empty state of their own. */
export async function startLimitsSystem(holders = 0): Promise<LimitsSystem> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("limits");
  for (const name of WORKERS) {
    await bundleWorker(join(WORKERS_DIR, `${name}.ts`), join(runDir, `${name}.js`));
  }
  const stateDir = join(runDir, "state");
  mkdirSync(stateDir);
  const configFile = join(runDir, "config.capnp");
  const kvConfigFile = join(runDir, "kv.capnp");
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  const { port: kv, server: kvServer } = await onFreePorts(1, async ([port = 0]) => {
    writeFileSync(kvConfigFile, kvConfig(port));
    return { port, server: await serveWorkerd(kvConfigFile, `${address(port)}/health`) };
  });
  const start = (gateway: number) => serveWorkerd(configFile, `${address(gateway)}/health`);
  const { ports, server: first } = await onFreePorts(2 + holders, async (free) => {
    const [gateway = 0, driver = 0, ...rest] = free;
    writeFileSync(configFile, limitsConfig({ gateway, driver, kv, holders: rest }, stateDir));
    return { ports: { gateway, driver, holders: rest }, server: await start(gateway) };
  });
  let server = first;
  return {
    get pid() {
      return server.pid;
    },
    gateway: address(ports.gateway),
    driver: address(ports.driver),
    holders: ports.holders.map(address),
    async crash() {
      await server.kill();
      server = await start(ports.gateway);
    },
    async stop() {
      await server.stop();
      await kvServer.stop();
      removeRun();
    },
  };
}

/** Sets a bucket's limit, as `PUT /v1/limits/{target}` does. */
export async function setLimit(
  system: LimitsSystem,
  shard: string,
  { capacity, refillPerMinute }: LimitRule,
): Promise<void> {
  const query = `shard=${encodeURIComponent(shard)}&capacity=${capacity}&refill=${refillPerMinute}`;
  const response = await fetch(`${system.gateway}/limit?${query}`, { method: "POST" });
  if (!response.ok) throw new Error(`the limit was not set: ${response.status}`);
  await response.arrayBuffer();
}
