import { freePort, isPortFree } from "../../scripts/lib/free-port.ts";

/** How often something is started on other ports: somebody may take one before it listens there. */
const ATTEMPTS = 3;
/** Where ports are looked for: another bench begins elsewhere. */
const FIRST_PORT = 20_000;
const PORT_RANGE = 30_000;

/** Finds so many distinct ports on which nobody listens. */
export type PickPorts = (count: number) => Promise<readonly number[]>;

/**
 * Starts something on free ports of 127.0.0.1, and once more on others when it fails and somebody
 * has taken one meanwhile.
 * @throws what `start` throws: at once when the ports were free, else the last time.
 */
export async function onFreePorts<Started>(
  count: number,
  start: (ports: readonly number[]) => Promise<Started>,
  pickPorts: PickPorts = freePorts,
): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    const ports = await pickPorts(count);
    try {
      return await start(ports);
    } catch (cause) {
      const areFree = await Promise.all(ports.map((port) => isPortFree(port)));
      if (attempt >= ATTEMPTS || !areFree.includes(false)) throw cause;
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  let next = FIRST_PORT + Math.floor(Math.random() * PORT_RANGE);
  for (let i = 0; i < count; i++) {
    const port = await freePort(next);
    ports.push(port);
    next = port + 1;
  }
  return ports;
}
