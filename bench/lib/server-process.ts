import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { onEnd, onExit } from "./cleanup.ts";

const READY_MS = 15_000;
const GRACE_MS = 2_000;
/** Of what a server that does not start says, what comes last says why. */
const MAX_LAST_WORDS = 500;

/** A server that the bench started. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends it as an operator would; to call it again does no harm. */
  stop(): Promise<void>;
  /** Ends it as a power failure would: SIGKILL, and nothing before. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Keeps what it writes on stderr for the error instead of passing it on. */
  readonly isQuiet?: boolean;
}

/**
 * Starts a server and waits until it answers. It ends with the bench at the latest.
 *
 * @param answers - whether it does; asked again and again.
 * @throws if it ends, or does not answer in time; then it is ended, and the error has what it said.
 */
export async function startServer(
  name: string,
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
  { isQuiet = false }: ServerOptions = {},
): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let lastWords = "";
  const hear = (text: string): void => {
    lastWords = (lastWords + text).slice(-MAX_LAST_WORDS);
    if (!isQuiet) process.stderr.write(`[${name}] ${text}`);
  };
  // Without a listener, a command that cannot be run would end the bench without a word about it.
  child.once("error", (cause) => hear(`${cause.message}\n`));
  child.stderr?.on("data", (chunk: Buffer) => hear(chunk.toString()));
  const forget = onExit(() => child.kill("SIGKILL"));
  child.once("exit", forget);
  const server = {
    pid: child.pid ?? 0,
    stop: () => endWith(child, "SIGTERM"),
    kill: () => endWith(child, "SIGKILL"),
  };
  onEnd(() => server.stop());
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && !hasEnded(child)) {
    if ((await answers()) && !hasEnded(child)) return server;
    await sleep(20);
  }
  const what = hasEnded(child) ? `${name} ended` : `${name} did not answer within ${READY_MS} ms`;
  await server.stop();
  throw new Error(lastWords === "" ? what : `${what}: ${lastWords.trim()}`);
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
