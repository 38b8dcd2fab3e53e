import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { makeRunDirectory } from "./run-directory.ts";

const COMMAND = "redis-server";

/** A Redis with the persistence that it has by default, and an empty directory of its own. */
export interface Redis {
  readonly port: number;
  /** Kills it with SIGKILL and starts it again on the same directory. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** The version of the Redis that is installed, or undefined if there is none. */
export function redisVersion(): string | undefined {
  const { status, stdout } = spawnSync(COMMAND, ["--version"], { encoding: "utf8" });
  return status === 0 ? /v=(\S+)/u.exec(stdout)?.[1] : undefined;
}

/** Runs Redis on a free port of 127.0.0.1. */
export async function startRedis(): Promise<Redis> {
  const { path: directory, remove: removeDirectory } = makeRunDirectory("redis");
  const port = await freePort(20_000 + (process.pid % 20_000));
  // No configuration file: what is not named here is as Redis has it by default.
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
  const start = (): Promise<ServerProcess> =>
    startServer(COMMAND, COMMAND, args, () => answersPing(port));
  let server = await start();
  return {
    port,
    async crash() {
      await server.kill();
      server = await start();
    },
    async stop() {
      await server.stop();
      removeDirectory();
    },
  };
}

/** Also false while it still loads what it had saved. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const finish = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once("data", (chunk) => finish(chunk.toString().startsWith("+PONG")));
    socket.once("error", () => finish(false));
  });
}
