import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onEnd, onExit, refuseIfEnded } from "./cleanup.ts";
import { listensOn } from "./listens-on.ts";
import { tell } from "./tell.ts";

const READY_MS = 15_000;
/** How long a server may take to end by itself. */
const GRACE_MS = 2_000;
const ASK_EVERY_MS = 20;
/** One request for its health: a busy server is asked again. */
const ANSWER_MS = 5_000;
/** Of what a server that does not start says, what comes last says why. */
const MAX_LAST_WORDS = 500;
/** What it said may arrive after the news that it ended. */
const LAST_WORDS_MS = 500;

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
  /** The port that it is to listen on; without, whoever answers is taken for it. */
  readonly port?: number;
  /** How long it may take until it answers, milliseconds. */
  readonly readyMs?: number;
  /** How long it may take to end by itself before it is killed, milliseconds. */
  readonly graceMs?: number;
}

/** A server that runs and does not answer. */
export class LateServerError extends Error {}

/**
 * Starts a server and waits until it answers. It ends with the measurement at the latest.
 *
 * @param answers - whether it does; asked again and again, and never waited for too long.
 * @throws Error if it ends before, with the last of what it said; {@link LateServerError} if it does
 *   not answer in time. It is ended then.
 */
export async function startServer(
  name: string,
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
  options: ServerOptions = {},
): Promise<ServerProcess> {
  const { isQuiet = false, port, readyMs = READY_MS, graceMs = GRACE_MS } = options;
  refuseIfEnded();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const forget = onExit(() => child.kill("SIGKILL"));
  child.once("exit", forget);
  const lastWords = listenTo(child, (text) => {
    if (!isQuiet) tell(`[${name}] ${text.trimEnd()}`);
  });
  const server = {
    pid: child.pid ?? 0,
    stop: () => endWith(child, "SIGTERM", graceMs),
    kill: () => endWith(child, "SIGKILL", graceMs),
  };
  try {
    onEnd(() => server.stop());
    const isReady = async (): Promise<boolean> =>
      (await answers()) && (port === undefined || listensOn(server.pid, port));
    if (await untilReady(child, isReady, readyMs)) return server;
  } catch (cause) {
    await server.stop();
    throw cause;
  }
  const isLate = !hasEnded(child);
  await server.stop();
  const said = await lastWords();
  const what = isLate ? `${name} did not answer within ${readyMs} ms` : `${name} ended`;
  const message = said === "" ? what : `${what}: ${said}`;
  throw isLate ? new LateServerError(message) : new Error(message);
}

/** Whether a URL answers with success; not if nobody listens yet, or takes long. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch (cause) {
    if (cause instanceof TypeError) return false;
    if (cause instanceof Error && cause.name === "TimeoutError") return false;
    throw cause;
  }
}

/** @returns false if it ends before, or is not in time. */
async function untilReady(
  child: ChildProcess,
  isReady: () => Promise<boolean>,
  readyMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const isLate = sleep(readyMs, false, { signal: over.signal });
  // Whoever stops waiting rejects it.
  isLate.catch(() => undefined);
  const isGone = new Promise<false>((resolve) => {
    child.once("exit", () => resolve(false));
    child.once("error", () => resolve(false));
  });
  const until = performance.now() + readyMs;
  try {
    while (!hasEnded(child) && performance.now() < until) {
      if ((await Promise.race([isReady(), isLate, isGone])) && !hasEnded(child)) return true;
      await Promise.race([sleep(ASK_EVERY_MS), isGone]);
    }
    return false;
  } finally {
    over.abort();
  }
}

/** @returns what it said last, once it has ended. */
function listenTo(child: ChildProcess, pass: (text: string) => void): () => Promise<string> {
  let lastWords = "";
  const hear = (text: string): void => {
    lastWords = (lastWords + text).slice(-MAX_LAST_WORDS);
  };
  const isHeard = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    // Without a listener, a command that cannot be run would end the bench without a word about it.
    child.once("error", (cause) => {
      hear(`${cause.message}\n`);
      resolve();
    });
  });
  // Some say on stdout why they do not start.
  child.stdout?.on("data", (chunk: Buffer) => hear(chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => {
    hear(chunk.toString());
    pass(chunk.toString());
  });
  return async () => {
    await Promise.race([isHeard, sleep(LAST_WORDS_MS)]);
    return lastWords.trim();
  };
}

async function endWith(
  child: ChildProcess,
  signal: "SIGTERM" | "SIGKILL",
  graceMs: number,
): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const killed = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(killed);
}

/** A child without a process id was never started. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
