import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "../lib/bundle.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";
import { serveWorkerd } from "../lib/workerd.ts";
import type { LimitRule } from "../../src/limits/limit-rule.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
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
  const [gateway = 0, driver = 0, kv = 0, ...holderPorts] = await freePorts(3 + holders);
  const stateDir = join(runDir, "state");
  mkdirSync(stateDir);
  const configFile = join(runDir, "config.capnp");
  writeFileSync(configFile, limitsConfig({ gateway, driver, kv, holders: holderPorts }, stateDir));
  const kvConfigFile = join(runDir, "kv.capnp");
  writeFileSync(kvConfigFile, kvConfig(kv));
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  const start = () => serveWorkerd(configFile, `${address(gateway)}/health`);
  const kvServer = await serveWorkerd(kvConfigFile, `${address(kv)}/health`);
  let server = await start();
  return {
    get pid() {
      return server.pid;
    },
    gateway: address(gateway),
    driver: address(driver),
    holders: holderPorts.map(address),
    async crash() {
      await server.kill();
      server = await start();
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

/** Distinct ports, from a place that another bench does not begin at. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  let next = 20_000 + (process.pid % 20_000);
  for (let i = 0; i < count; i++) {
    const port = await freePort(next);
    ports.push(port);
    next = port + 1;
  }
  return ports;
}
