import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { noteVersion } from "../lib/machine.ts";
import { onFreePorts, type PickPorts } from "../lib/on-free-ports.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";
import { type ServerProcess, startServer } from "../lib/server-process.ts";
import type { MissingPeer, Peer } from "./peer.ts";

/** A server of Debian's. */
export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  /** What to install where it is missing. */
  readonly debianPackage: string;
  /** How it is started; may write a configuration into the directory. */
  readonly args: (port: number, directory: string) => readonly string[];
  /** Whether it takes work now. */
  readonly answers: (port: number) => Promise<boolean>;
  /** What it needs once it answers. @throws Error if that fails: then it did not start. */
  readonly prepare?: (port: number) => Promise<void>;
}

export interface StartPeerOptions {
  /** How long it may take until it answers, milliseconds. */
  readonly readyMs?: number;
  /** How long it may take to end by itself before it is killed, milliseconds. */
  readonly graceMs?: number;
  readonly pickPorts?: PickPorts;
}

/**
 * Starts a peer, or says why there is none: it is not installed, or does not start. A measurement
 * goes on without it.
 */
export async function startPeer(
  program: PeerProgram,
  { pickPorts, ...patience }: StartPeerOptions = {},
): Promise<Peer | MissingPeer> {
  const { name, command, debianPackage } = program;
  if (!isInstalled(command)) {
    return { name, missing: `${command} is not installed: apt-get install ${debianPackage}` };
  }
  const version = versionOf(debianPackage);
  try {
    const peer = await onFreePorts(
      1,
      ([port = 0]) => startOnce(program, port, version, patience),
      pickPorts,
    );
    noteVersion(name, version);
    return peer;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { name, missing: `did not start: ${why}` };
  }
}

/** Whether the PATH has such a program. */
function isInstalled(command: string): boolean {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.some((directory) => isProgram(join(directory, command)));
}

function isProgram(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // That is how it says no.
    return false;
  }
}

/** Debian's number: some of its builds do not know their own. */
function versionOf(debianPackage: string): string {
  const args = ["-W", "-f", "${Version}", debianPackage];
  const { status, stdout } = spawnSync("dpkg-query", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "of unknown version";
}

/** @throws Error if it does not run. Nothing of it is left then. */
async function startOnce(
  program: PeerProgram,
  port: number,
  version: string,
  patience: Pick<StartPeerOptions, "readyMs" | "graceMs">,
): Promise<Peer> {
  const { name, command } = program;
  const { path: directory, remove } = makeRunDirectory(command);
  const args = program.args(port, directory);
  const answers = (): Promise<boolean> => program.answers(port);
  const start = (): Promise<ServerProcess> =>
    startServer(name, command, args, answers, { ...patience, isQuiet: true, port });
  let server: ServerProcess | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    remove();
  };
  try {
    server = await start();
    await program.prepare?.(port);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    name,
    version,
    get pid() {
      return server?.pid ?? 0;
    },
    port,
    url: `http://127.0.0.1:${port}`,
    directory,
    async crash() {
      await server?.kill();
      server = await start();
    },
    stop,
  };
}
