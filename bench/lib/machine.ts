import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { WORKERD } from "./workerd.ts";

const ROOT_DIR = dirname(dirname(import.meta.dirname));

const versions = new Map<string, string>();

/** Takes note of what somebody who was measured is, for {@link machineLines}. */
export function noteVersion(name: string, version: string): void {
  versions.set(name, version);
}

/** What the figures were measured on and with, a line each. */
export function machineLines(): string[] {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const [load = 0] = loadavg();
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${memory}, ${process.platform} ${process.arch}, load ${load.toFixed(1)} at the end`,
    `Node ${process.versions.node}, ${execFileSync(WORKERD, ["--version"], { encoding: "utf8" }).trim()}, hdr-histogram-js ${versionOf("hdr-histogram-js")}`,
    ...(versions.size > 0 ? [[...versions].map((peer) => peer.join(" ")).join(", ")] : []),
  ];
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
