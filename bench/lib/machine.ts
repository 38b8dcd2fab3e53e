import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { BUILD_DIR, isInMemory, stateRoot } from "./run-directory.ts";
import { measureSyncMs } from "./sync-ms.ts";
import { workerdVersion } from "./workerd-version.ts";

const ROOT_DIR = dirname(dirname(import.meta.dirname));

const versions = new Map<string, string>();

/** Takes note of what somebody who was measured is, for {@link machineLines}. */
export function noteVersion(name: string, version: string): void {
  versions.set(name, version);
}

/** From so many busy processors of all on, others take part in what is measured. */
const BUSY_SHARE = 0.5;

/** How many processors were busy over the last minute, of this run or others; 0 where nobody counts. */
export function machineLoad(): number {
  return loadavg()[0] ?? 0;
}

/** Whether so much goes on before a run that its figures are not to be relied on. */
export function isBusy(load: number): boolean {
  return load > BUSY_SHARE * cpus().length;
}

/**
 * What the figures were measured on and with, a line each.
 * @param loadBefore what {@link machineLoad} was before anything was measured.
 */
export function machineLines(loadBefore: number): string[] {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const workerd = workerdVersion();
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${memory}, ${process.platform} ${process.arch}, load ${loadBefore.toFixed(1)} before and ${machineLoad().toFixed(1)} at the end`,
    `Node ${process.versions.node}, ${"version" in workerd ? workerd.version : workerd.missing}, hdr-histogram-js ${versionOf("hdr-histogram-js")}`,
    stateLine(),
    ...(versions.size > 0 ? [[...versions].map((peer) => peer.join(" ")).join(", ")] : []),
  ];
}

/** What it means for whoever stores before it answers. */
function stateLine(): string {
  const diskMs = measureSyncMs(BUILD_DIR).toFixed(1);
  if (!isInMemory()) return `State of all servers on disk: a sync takes ${diskMs} ms`;
  return (
    `State of all servers in memory (${stateRoot()}), so that a sync costs nothing to anybody; on this ` +
    `disk it takes ${diskMs} ms, for which workerd's one thread would stand still`
  );
}

/** Takes note of a package of npm that is measured. */
export function notePackage(name: string): void {
  noteVersion(name, versionOf(name));
}

function versionOf(name: string): string {
  const file = join(ROOT_DIR, "node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
