import { isPortFree } from "../../scripts/lib/free-port.ts";

/**
 * Below the ports that the system gives to outgoing connections (32768 and up on Linux): a system is
 * killed and started again on its port, and a connection of somebody else's must not take it in
 * between.
 */
const FIRST_PORT = 20_000;

/** Test files run side by side, and each has ports of its own. */
const PORTS_PER_WORKER = 100;
const WORKERS = 100;

/** A system listens on its port, the tracking Worker on the next, the receiver of alerts on the third. */
const PORTS_PER_SYSTEM = 3;
const SYSTEMS_PER_WORKER = Math.floor(PORTS_PER_WORKER / PORTS_PER_SYSTEM);

let systems = 0;

/** A port for one system: it and the next two are free, and stay so while nothing runs on them. */
export async function systemPort(): Promise<number> {
  const worker = Number(process.env["VITEST_WORKER_ID"] ?? process.pid) % WORKERS;
  const first = FIRST_PORT + worker * PORTS_PER_WORKER;
  for (let tries = 0; tries < SYSTEMS_PER_WORKER; tries += 1) {
    const port = first + (systems % SYSTEMS_PER_WORKER) * PORTS_PER_SYSTEM;
    systems += 1;
    const ports = Array.from({ length: PORTS_PER_SYSTEM }, (_, index) => port + index);
    const free = await Promise.all(ports.map((one) => isPortFree(one)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`no ${PORTS_PER_SYSTEM} free ports from ${first} to ${first + PORTS_PER_WORKER}`);
}
