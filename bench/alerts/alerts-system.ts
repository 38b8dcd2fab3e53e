import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker } from "../lib/bundle.ts";
import { onFreePorts } from "../lib/on-free-ports.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";
import { serveWorkerd } from "../lib/workerd.ts";
import { alertsConfig } from "./alerts-config.ts";
import type { Receivers } from "./receivers.ts";

const WORKERS_DIR = join(import.meta.dirname, "..", "workers");

/** The product with the channels of the bench, running. */
export interface AlertsSystem {
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Bundles the Worker and runs it in plain workerd, with an empty state of its own. */
export async function startAlertsSystem(receivers: Receivers): Promise<AlertsSystem> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("alerts");
  const bundle = (name: string, configFile?: string): Promise<void> =>
    bundleWorker(join(WORKERS_DIR, `${name}.ts`), join(runDir, `${name}.js`), configFile);
  await bundle("alerts-tachograph", join(WORKERS_DIR, "alerts-config.ts"));
  await bundle("d1-stand-in");
  const stateDir = join(runDir, "state");
  mkdirSync(stateDir);
  const secrets = {
    FIRST_URL: receivers.urlOf("first"),
    SECOND_URL: receivers.urlOf("second"),
    HANGING_URL: receivers.urlOf("hanging"),
    CHAT_URL: receivers.urlOf("chat"),
  };
  const configFile = join(runDir, "config.capnp");
  const { origin, server } = await onFreePorts(1, async ([port = 0]) => {
    writeFileSync(configFile, alertsConfig(port, stateDir, secrets));
    const address = `http://127.0.0.1:${port}`;
    return { origin: address, server: await serveWorkerd(configFile, `${address}/health`) };
  });
  return {
    origin,
    pid: server.pid,
    async stop() {
      await server.stop();
      removeRun();
    },
  };
}
