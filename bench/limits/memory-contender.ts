import { join } from "node:path";
import type { HttpPoster } from "../lib/http-poster.ts";
import { onFreePorts } from "../lib/on-free-ports.ts";
import { answersHttp, type ServerProcess, startServer } from "../lib/server-process.ts";
import type { MissingPeer } from "../peers/peer.ts";
import type { Decision } from "../workers/limits-tachograph.ts";
import { type Contender, windowOf } from "./contender.ts";

const NAME = "rate-limiter-flexible in memory";
const PROGRAM = join(import.meta.dirname, "memory-limiter-process.ts");

/** `rate-limiter-flexible` in the memory of one Node process that everybody asks. */
export async function memoryContender(poster: HttpPoster): Promise<Contender | MissingPeer> {
  const start = (port: number) =>
    startServer(
      "RateLimiterMemory",
      process.execPath,
      [PROGRAM, String(port)],
      () => answersHttp(`http://127.0.0.1:${port}/health`),
      { port },
    );
  let server: ServerProcess;
  let port: number;
  try {
    ({ server, port } = await onFreePorts(1, async ([free = 0]) => ({
      server: await start(free),
      port: free,
    })));
  } catch (cause) {
    return { name: NAME, missing: `did not start: ${String(cause)}` };
  }
  return {
    name: NAME,
    note: "In memory: RateLimiterMemory in one Node process behind HTTP. A fleet that has one in each process has as many limits as processes",
    host: {
      async crash() {
        await server.kill();
        server = await start(port);
      },
      stop: () => server.stop(),
    },
    limit(bucket, rule) {
      const { points, durationS } = windowOf(rule);
      const query = `bucket=${bucket}&points=${points}&durationS=${durationS}`;
      const url = `http://127.0.0.1:${port}/take?${query}`;
      return Promise.resolve(async () => JSON.parse(await poster.post(url, "")) as Decision);
    },
  };
}
