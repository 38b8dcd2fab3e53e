import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { StartError } from "./start-error.ts";

const HOST = "127.0.0.1";

/** Whether nothing listens on `port` of 127.0.0.1; 0 stands for any port and is always free. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

/** The same, but gives whoever is just ending up to `patienceMs` to let go of it. */
export async function isPortFreeWithin(port: number, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (!(await isPortFree(port))) {
    if (Date.now() >= deadline) return false;
    await sleep(100);
  }
  return true;
}

/** `preferred` when it is free and valid, else a port that the system chooses. */
export async function freePort(preferred: number): Promise<number> {
  if (preferred <= 65_535 && (await isPortFree(preferred))) return preferred;
  const port = await listenOnce(0);
  if (port === undefined) throw new StartError(`no free port on ${HOST}`);
  return port;
}

/** Listens and stops again; the port it got, or undefined when it was taken or not allowed. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      const boundPort = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(boundPort));
    });
  });
}
