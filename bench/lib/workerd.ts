import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleWorker } from "./bundle.ts";
import { onEnd } from "./cleanup.ts";
import { onFreePorts } from "./on-free-ports.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { answersHttp, type ServerProcess, startServer } from "./server-process.ts";
import { workerdConfig } from "./workerd-config.ts";
import { WORKERD } from "./workerd-version.ts";

const BENCH_DIR = dirname(import.meta.dirname);
const WORKERS = ["tachograph", "shard-driver", "tracking", "platforms", "d1-stand-in"] as const;

/** The system under test, running. */
export interface System {
  readonly pid: number;
  readonly tachograph: string;
  readonly tracking: string;
  readonly driver: string;
  stop(): Promise<void>;
}

/** Bundles the Workers and runs them in plain workerd, with an empty state of their own. */
export async function startSystem(): Promise<System> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("system");
  for (const name of WORKERS) {
    await bundleWorker(join(BENCH_DIR, "workers", `${name}.ts`), join(runDir, `${name}.js`));
  }
  const stateDir = join(runDir, "state");
  mkdirSync(stateDir);
  const configFile = join(runDir, "config.capnp");
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  const { server, ports } = await onFreePorts(3, async (free) => {
    const [tachograph = 0, tracking = 0, driver = 0] = free;
    writeFileSync(configFile, workerdConfig({ tachograph, tracking, driver }, stateDir));
    const serving = await serveWorkerd(configFile, `${address(tachograph)}/health`);
    return { server: serving, ports: { tachograph, tracking, driver } };
  });
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
  const port = Number(new URL(healthUrl).port);
  return startServer("workerd", WORKERD, args, () => answersHttp(healthUrl), { port });
}

/** CPU time that a process has used so far, all its threads, in milliseconds. Linux only. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name in parentheses: state is field 3, utime 14 and stime 15, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
