import { connect } from "node:net";
import type { MissingPeer, Peer } from "./peer.ts";
import { startPeer } from "./start-peer.ts";

/** Longer than a ping takes on a busy machine; then it is asked again. */
const PING_MS = 2_000;

/** When Redis writes what it holds: as it does by default, or each change before it is answered. */
export type RedisPersistence = "default" | "always";

/** Redis as it is by default but for the loopback address, and for how it persists, if asked for. */
export function startRedis(persistence: RedisPersistence = "default"): Promise<Peer | MissingPeer> {
  const files = persistence === "always" ? { appendonly: "yes", appendfsync: "always" } : {};
  return startPeer({
    name: "Redis",
    command: "redis-server",
    debianPackage: "redis-server",
    args: (port, directory) =>
      Object.entries({
        port: String(port),
        bind: "127.0.0.1",
        dir: directory,
        // Its title would be written over its environment, by which a killed run's servers are known.
        "set-proc-title": "no",
        ...files,
      }).flatMap(([option, value]) => [`--${option}`, value]),
    answers: answersPing,
  });
}

/** Also false while it still loads what it had saved. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const finish = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(PING_MS, () => finish(false));
    socket.once("data", (chunk) => finish(chunk.toString().startsWith("+PONG")));
    socket.once("error", () => finish(false));
    socket.once("close", () => finish(false));
  });
}
