import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { groupEnded, signalGroup } from "./process-group.ts";
import { StartError } from "./start-error.ts";

/** One `wrangler` command to run in its own process group. */
export interface WranglerCommand {
  /** Begins each line that is shown. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Gets everything it prints; replaced at each start. */
  readonly logFile: string;
  /** Where the Workers of this run find each other. */
  readonly registryDir: string;
  readonly cacheDir: string;
  /** Variables of the Worker, stronger than those of .dev.vars. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Called for each line it prints. */
  readonly onLine?: (line: string) => void;
}

/** How a process ended: one of both is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running `wrangler`. */
export interface WranglerProcess {
  readonly name: string;
  readonly logFile: string;
  /** Its process id, which is also its group's. */
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The last lines it printed. */
  tail(): string[];
}

const TAIL_LINES = 20;
const GRACE_MS = 3_000;

/**
 * Starts wrangler's own entry file with the Node that runs this: one process less than its
 * launcher, and its exit status and channel are ours.
 */
export function startWrangler(command: WranglerCommand): WranglerProcess {
  const entry = fileURLToPath(import.meta.resolve("wrangler"));
  const preloads = ["./end-with-parent.mjs", "./wrangler-vars.mjs"];
  const imports = preloads.flatMap((name) => ["--import", import.meta.resolve(name)]);
  const child = spawn(process.execPath, ["--no-warnings", ...imports, entry, ...command.args], {
    cwd: command.cwd,
    // A group of its own, so that all it starts can be ended together, whatever becomes of it.
    detached: process.platform !== "win32",
    env: { ...process.env, ...wranglerEnvironment(command) },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child.once("error", (error) => command.onLine?.(error.message));
  if (child.pid === undefined) throw new StartError(`${command.name}: wrangler does not start`);
  const tail = followOutput(child, command);
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return { name: command.name, logFile: command.logFile, pid: child.pid, exited, tail };
}

/** Asks it to end, waits, and ends by force whatever of its group is left. */
export async function endWrangler(running: WranglerProcess): Promise<void> {
  // Only the leader is asked: it would restart a runtime that ended by itself.
  if (signalGroup(running.pid, 0)) signalLeader(running.pid);
  if (await groupEnded(running.pid, GRACE_MS)) return;
  signalGroup(running.pid, "SIGKILL");
  if (!(await groupEnded(running.pid, GRACE_MS))) {
    throw new StartError(`${running.name}: process group ${running.pid} does not end`);
  }
}

function signalLeader(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Everything that keeps wrangler offline, quiet and out of the home directory. */
function wranglerEnvironment(command: WranglerCommand): NodeJS.ProcessEnv {
  return {
    CI: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    FORCE_COLOR: "0",
    TACHOGRAPH_WORKER_VARS: JSON.stringify(command.vars ?? {}),
    WRANGLER_CACHE_DIR: command.cacheDir,
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_REGISTRY_PATH: command.registryDir,
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    // Both would write a trace of every request to the state directory, at a third of the speed.
    X_LOCAL_EXPLORER: "false",
    X_LOCAL_OBSERVABILITY: "false",
  };
}

function followOutput(child: ChildProcess, command: WranglerCommand): () => string[] {
  const lines: string[] = [];
  const log = createWriteStream(command.logFile);
  const onLine = (line: string): void => {
    log.write(`${line}\n`);
    if (line.trim() === "") return;
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
    command.onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      parts.forEach(onLine);
    });
    stream?.once("close", () => rest !== "" && onLine(rest));
  }
  child.once("close", () => log.end());
  return () => [...lines];
}
