import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemPort } from "./system-port.ts";
import { describe, killTree, processTree, survivorsOf } from "./process-tree.ts";

const ROOT_DIR = join(import.meta.dirname, "../..");
/** Less than a hook may take, so that what did not get ready is ended. */
const READY_TIMEOUT_MS = 50_000;
const STOP_TIMEOUT_MS = 15_000;
/** It is printed right after `ready`. */
const ADDRESS_TIMEOUT_MS = 2_000;
const TAIL_LINES = 60;

export interface SystemOptions {
  /** Whether the traffic generator runs. Default: not. */
  readonly traffic?: boolean;
  /** Whether the tracking Worker and the platforms run beside it. Default: as traffic. */
  readonly examples?: boolean;
  /** Default: 50 s. */
  readonly readyTimeoutMs?: number;
  /** Where alerts are sent, and the key that they are signed with. Default: its own receiver. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  /** The OTLP collector that totals are pushed to. Default: none. */
  readonly otlp?: string;
}

/** How a process ended: one of both is set. */
interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * Tachograph as `npm start` runs it: scripts/start.ts with everything that it starts, on a free
 * port and a state directory of its own.
 */
export class System {
  readonly url: string;
  readonly port: number;
  readonly stateDir: string;
  readonly #options: SystemOptions;
  readonly #lines: string[] = [];
  #pid: number | undefined;
  #trackingWorker: string | undefined;
  #exited: Promise<Exit> = Promise.resolve({ code: 0, signal: null });

  private constructor(port: number, stateDir: string, options: SystemOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.stateDir = stateDir;
    this.#options = options;
  }

  /** Starts it on a fresh state; resolves when `ready` is printed. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const stateDir = mkdtempSync(join(tmpdir(), "tachograph-e2e-"));
    const system = new System(await systemPort(), stateDir, options);
    try {
      await system.boot();
      return system;
    } catch (error) {
      await system.dispose();
      throw error;
    }
  }

  /** Starts it, again, on its port and state; resolves when `ready` is printed. */
  async boot(): Promise<void> {
    const { npm_lifecycle_event: _, NODE_ENV: __, VITEST: ___, ...environment } = process.env;
    const args = ["scripts/start.ts", "--port", String(this.port), "--state", this.stateDir];
    const { traffic, webhook, otlp } = this.#options;
    const { examples = traffic } = this.#options;
    if (traffic !== true) args.push("--no-traffic");
    if (examples !== true) args.push("--no-examples");
    if (webhook !== undefined) args.push("--webhook", webhook.url);
    if (otlp !== undefined) args.push("--otlp", otlp);
    this.#trackingWorker = undefined;
    const child = spawn(process.execPath, args, {
      cwd: ROOT_DIR,
      detached: true,
      // As below npm, where it also ends when its parent does: a test run that is killed leaves
      // nothing behind.
      env: {
        ...environment,
        npm_lifecycle_event: "start",
        ...(webhook !== undefined && { WEBHOOK_SECRET: webhook.secret }),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#pid = child.pid;
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    await this.#ready(child);
  }

  /** Where the example tracking Worker answers. */
  async trackingWorker(): Promise<string> {
    const why = (): string => `no address of the tracking Worker; it printed:\n${this.tail()}`;
    const deadline = Date.now() + ADDRESS_TIMEOUT_MS;
    while (this.#trackingWorker === undefined) {
      if (Date.now() > deadline) throw new Error(why());
      await sleep(20);
    }
    return this.#trackingWorker;
  }

  /** Ends every process of it at once, with SIGKILL. */
  async kill(): Promise<void> {
    await killTree(this.#rootPid);
    await this.#exited;
    this.#pid = undefined;
  }

  /** Ends it as a user does, with SIGTERM to the first process; throws if anything is left. */
  async stop(): Promise<Exit> {
    const tree = processTree(this.#rootPid);
    process.kill(this.#rootPid, "SIGTERM");
    const exit = await withDeadline(this.#exited, STOP_TIMEOUT_MS, () => "it does not end");
    this.#pid = undefined;
    const survivors = survivorsOf(tree);
    if (survivors.length > 0) throw new Error(`left behind:\n${describe(survivors)}`);
    return exit;
  }

  /** Ends what still runs, and deletes the state. */
  async dispose(): Promise<void> {
    if (this.#pid !== undefined) await this.kill();
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  /** The last lines that it printed. */
  tail(): string {
    return this.#lines.join("\n");
  }

  get #rootPid(): number {
    if (this.#pid === undefined) throw new Error("the system does not run");
    return this.#pid;
  }

  async #ready(child: ChildProcess): Promise<void> {
    const ready = new Promise<boolean>((resolve) => {
      this.#follow(child, (line) => line === `ready ${this.url}` && resolve(true));
      void this.#exited.then(() => resolve(false));
    });
    const why = (): string => `not ready; it printed:\n${this.tail()}`;
    const { readyTimeoutMs = READY_TIMEOUT_MS } = this.#options;
    if (!(await withDeadline(ready, readyTimeoutMs, why))) throw new Error(why());
  }

  #follow(child: ChildProcess, onLine: (line: string) => void): void {
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          this.#lines.push(line);
          if (this.#lines.length > TAIL_LINES) this.#lines.shift();
          this.#trackingWorker ??= /tracking Worker +(http:\S+)\/ /.exec(line)?.[1];
          onLine(line);
        }
      });
    }
  }
}

/** The result of `promise`, or an error that says `why` after `timeoutMs`. */
export async function withDeadline<Result>(
  promise: Promise<Result>,
  timeoutMs: number,
  why: () => string,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${timeoutMs} ms: ${why()}`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
