import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersHttp } from "../lib/server-process.ts";
import type { MissingPeer, Peer } from "./peer.ts";
import { startPeer } from "./start-peer.ts";

/** The database that is there when it has started. */
export const INFLUX_DATABASE = "bench";

export interface InfluxdbOptions {
  /** To weigh what it stores: it compacts after a second without writes instead of four hours. */
  readonly compactsAtOnce?: boolean;
}

/**
 * InfluxDB 1.x as it is by default, but for loopback addresses, no log of each request, and no
 * measuring of itself beside what is measured.
 */
export function startInfluxdb(options: InfluxdbOptions = {}): Promise<Peer | MissingPeer> {
  return startPeer({
    name: "InfluxDB",
    command: "influxd",
    debianPackage: "influxdb",
    args: (port, directory) => {
      const file = join(directory, "influxdb.conf");
      writeFileSync(file, configuration(port, directory, options));
      return ["-config", file];
    },
    answers: (port) => answersHttp(`http://127.0.0.1:${port}/ping`),
    prepare: makeDatabase,
  });
}

async function makeDatabase(port: number): Promise<void> {
  const query = new URLSearchParams({ q: `CREATE DATABASE ${INFLUX_DATABASE}` });
  const url = `http://127.0.0.1:${port}/query`;
  const created = await fetch(url, { method: "POST", body: query });
  const answer = await created.text();
  if (!created.ok) throw new Error(`made no database: ${created.status} ${answer}`);
}

function configuration(
  port: number,
  directory: string,
  { compactsAtOnce = false }: InfluxdbOptions,
): string {
  const [snapshotAfter, compactAfter] = compactsAtOnce ? ["1s", "1s"] : ["10m", "4h"];
  const path = (name: string): string => JSON.stringify(join(directory, name));
  return `reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
  dir = ${path("meta")}
[data]
  dir = ${path("data")}
  wal-dir = ${path("wal")}
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "${snapshotAfter}"
  compact-full-write-cold-duration = "${compactAfter}"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[logging]
  level = "error"
`;
}
