import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { noteVersion } from "../lib/machine.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";
import { answersHttp, startServer } from "../lib/server-process.ts";
import type { MissingPeer, Peer } from "./peer.ts";

/** How often a peer is started on another port: somebody may take one before it listens there. */
const ATTEMPTS = 3;

/** A server of Debian's. */
export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  /** What to install where it is missing. */
  readonly debianPackage: string;
  /** How it is started; may write a configuration into the directory. */
  readonly args: (port: number, directory: string) => readonly string[];
  /** What answers with success once it is ready. */
  readonly healthPath: string;
}

/**
 * Starts a peer, or says why there is none: it is not installed, or does not start. A measurement
 * goes on without it.
 */
export async function startPeer(program: PeerProgram): Promise<Peer | MissingPeer> {
  const { name, command, debianPackage } = program;
  if (!isInstalled(command)) {
    return { name, missing: `${command} is not installed: apt-get install ${debianPackage}` };
  }
  const version = versionOf(debianPackage);
  let failure = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const started = await startOnce(program, version);
    if (typeof started !== "string") {
      noteVersion(name, version);
      return started;
    }
    failure = started;
  }
  return { name, missing: `did not start: ${failure}` };
}

/** Whether the PATH has such a program. */
function isInstalled(command: string): boolean {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.some((directory) => existsSync(join(directory, command)));
}

/** Debian's number: some of its builds do not know their own. */
function versionOf(debianPackage: string): string {
  const args = ["-W", "-f", "${Version}", debianPackage];
  const { status, stdout } = spawnSync("dpkg-query", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "of unknown version";
}

/** @returns the peer, or why it does not run. */
async function startOnce(program: PeerProgram, version: string): Promise<Peer | string> {
  const { name, command } = program;
  const { path: directory, remove } = makeRunDirectory(command);
  const port = await freePort(20_000 + Math.floor(Math.random() * 30_000));
  const url = `http://127.0.0.1:${port}`;
  try {
    const args = program.args(port, directory);
    const answers = (): Promise<boolean> => answersHttp(`${url}${program.healthPath}`);
    const server = await startServer(name, command, args, answers, { isQuiet: true });
    const stop = async (): Promise<void> => {
      await server.stop();
      remove();
    };
    return { name, version, pid: server.pid, url, directory, stop };
  } catch (cause) {
    remove();
    return cause instanceof Error ? cause.message : String(cause);
  }
}
