import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { bundleWorker } from "./bundle.ts";
import { onEnd } from "./cleanup.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { answersHttp, type ServerProcess, startServer } from "./server-process.ts";
import { type Ports, workerdConfig } from "./workerd-config.ts";

const BENCH_DIR = dirname(import.meta.dirname);
/** The runtime that wrangler brings along. */
export const WORKERD = join(dirname(BENCH_DIR), "node_modules", "workerd", "bin", "workerd");
const WORKERS = ["tachograph", "shard-driver", "tracking", "platforms", "d1-stand-in"] as const;

/** The system under test, running. */
export interface System {
  readonly pid: number;
  readonly tachograph: string;
  readonly tracking: string;
  readonly driver: string;
  stop(): Promise<void>;
}

/** Why the system cannot run here, or undefined if it can. */
export function whyNoWorkerd(): string | undefined {
  return existsSync(WORKERD) ? undefined : `no ${WORKERD}: run npm ci`;
}

/** Bundles the Workers and runs them in plain workerd, with an empty state of their own. */
export async function startSystem(): Promise<System> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("system");
  for (const name of WORKERS) {
    await bundleWorker(join(BENCH_DIR, "workers", `${name}.ts`), join(runDir, `${name}.js`));
  }
  const ports = await freePorts();
  const stateDir = join(runDir, "state");
  mkdirSync(stateDir);
  const configFile = join(runDir, "config.capnp");
  writeFileSync(configFile, workerdConfig(ports, stateDir));
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  const server = await serveWorkerd(configFile, `${address(ports.tachograph)}/health`);
  const stop = async (): Promise<void> => {
    await server.stop();
    removeRun();
  };
  onEnd(stop);
  return {
    pid: server.pid,
    tachograph: address(ports.tachograph),
    tracking: address(ports.tracking),
    driver: address(ports.driver),
    stop,
  };
}

/** Runs workerd with a configuration, and waits until `healthUrl` answers. */
export function serveWorkerd(configFile: string, healthUrl: string): Promise<ServerProcess> {
  const args = ["serve", "--experimental", configFile];
  return startServer("workerd", WORKERD, args, () => answersHttp(healthUrl));
}

/** CPU time that a process has used so far, all its threads, in milliseconds. Linux only. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name in parentheses: state is field 3, utime 14 and stime 15, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Three distinct ports, from a place that another bench does not begin at. */
async function freePorts(): Promise<Ports> {
  const tachograph = await freePort(20_000 + (process.pid % 20_000));
  const tracking = await freePort(tachograph + 1);
  return { tachograph, tracking, driver: await freePort(tracking + 1) };
}
