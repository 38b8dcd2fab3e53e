import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MissingPeer, Peer } from "./peer.ts";
import { startPeer } from "./start-peer.ts";

/** The database that is there when it has started. */
export const INFLUX_DATABASE = "bench";

/**
 * InfluxDB 1.x as it is by default, but for loopback addresses, no log of each request, and no
 * measuring of itself beside what is measured.
 */
export async function startInfluxdb(): Promise<Peer | MissingPeer> {
  const peer = await startPeer({
    name: "InfluxDB",
    command: "influxd",
    debianPackage: "influxdb",
    args: (port, directory) => {
      const file = join(directory, "influxdb.conf");
      writeFileSync(file, configuration(port, directory));
      return ["-config", file];
    },
    healthPath: "/ping",
  });
  if ("missing" in peer) return peer;
  const query = new URLSearchParams({ q: `CREATE DATABASE ${INFLUX_DATABASE}` });
  const created = await fetch(`${peer.url}/query`, { method: "POST", body: query });
  if (created.ok) return peer;
  const missing = `made no database: ${created.status} ${await created.text()}`;
  await peer.stop();
  return { name: peer.name, missing };
}

function configuration(port: number, directory: string): string {
  const path = (name: string): string => JSON.stringify(join(directory, name));
  return `reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
  dir = ${path("meta")}
[data]
  dir = ${path("data")}
  wal-dir = ${path("wal")}
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[logging]
  level = "error"
`;
}
