import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { onEnd } from "./cleanup.ts";

const READY_MS = 15_000;
const GRACE_MS = 2_000;

/** A server that the bench started. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends it as an operator would; to call it again does no harm. */
  stop(): Promise<void>;
  /** Ends it as a power failure would: SIGKILL, and nothing before. */
  kill(): Promise<void>;
}

/**
 * Starts a server and waits until it answers. It ends with the bench at the latest.
 *
 * @param answers - whether it does; asked again and again.
 * @throws if it ends, or does not answer in time; then it is ended.
 */
export async function startServer(
  name: string,
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  // Without a listener, a command that cannot be run would end the bench without a word about it.
  child.once("error", (cause) => process.stderr.write(`[${name}] ${cause.message}\n`));
  child.stderr?.on("data", (chunk: Buffer) =>
    process.stderr.write(`[${name}] ${chunk.toString()}`),
  );
  const server = {
    pid: child.pid ?? 0,
    stop: () => endWith(child, "SIGTERM"),
    kill: () => endWith(child, "SIGKILL"),
  };
  onEnd(() => server.stop());
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && !hasEnded(child)) {
    if (await answers()) return server;
    await sleep(20);
  }
  await server.stop();
  throw new Error(`${name} did not answer within ${READY_MS} ms; see its output above`);
}

/** Whether a URL answers with success; not if nobody listens yet. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (cause) {
    if (cause instanceof TypeError) return false;
    throw cause;
  }
}

async function endWith(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const killed = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exited;
  clearTimeout(killed);
}

/** A child without a process id was never started. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
