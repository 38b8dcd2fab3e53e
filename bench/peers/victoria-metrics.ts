import { join } from "node:path";
import { answersHttp } from "../lib/server-process.ts";
import type { MissingPeer, Peer } from "./peer.ts";
import { startPeer } from "./start-peer.ts";

/**
 * VictoriaMetrics, single node, as it is by default but for the loopback address, a retention that
 * takes a month of history in, and no waiting for late samples before they are shown: its 30 s of
 * `latencyOffset` would hide what has just been written.
 */
export function startVictoriaMetrics(): Promise<Peer | MissingPeer> {
  return startPeer({
    name: "VictoriaMetrics",
    command: "victoria-metrics",
    debianPackage: "victoria-metrics",
    args: (port, directory) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(directory, "data")}`,
      "-retentionPeriod=3",
      "-search.latencyOffset=0s",
      "-loggerLevel=ERROR",
    ],
    answers: (port) => answersHttp(`http://127.0.0.1:${port}/health`),
  });
}
