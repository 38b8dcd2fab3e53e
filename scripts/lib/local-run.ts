import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type AlertRoute, chooseAlertRoute, keptKeyFile } from "./alert-route.ts";
import { isExpectedWarning } from "./expected-warning.ts";
import { freePort, isPortFreeWithin } from "./free-port.ts";
import { markMigrationsApplied, migrationsPending } from "./local-migrations.ts";
import { MessageReceiver } from "./message-receiver.ts";
import { messageLines } from "./message-text.ts";
import { type LocalAddresses, removeAddresses, writeAddresses } from "./run-addresses.ts";
import { claimRun, recordGroups, releaseRun } from "./run-record.ts";
import { StartError } from "./start-error.ts";
import type { StartOptions } from "./start-options.ts";
import { waitUntilAnswers } from "./wait-until-answers.ts";
import { endWrangler, startWrangler, type WranglerProcess } from "./wrangler.ts";

/** A run that answers requests. */
export interface StartedRun {
  readonly addresses: LocalAddresses;
  /** Where its alerts go, in words. */
  readonly alerts: string;
}

export interface LocalRunOptions extends StartOptions {
  readonly rootDir: string;
  /** `WEBHOOK_SECRET` of the environment. */
  readonly webhookSecret: string | undefined;
  /** What `.dev.vars` sets. */
  readonly devVars: Readonly<Record<string, string | undefined>>;
  /** Shows one line to the user. */
  readonly say: (line: string) => void;
  /** Shows one line about what is not as it should be. */
  readonly warn: (line: string) => void;
}

/** A local D1 database, the `DB` of a configuration. */
interface LocalDatabase {
  /** Names what brings it up to date. */
  readonly name: string;
  /** The configuration, from the root; `migrations` lies beside it. */
  readonly config: string;
  readonly stateDir: string;
}

/** Whoever listens on the port may be the last run, just ending. */
const PORT_PATIENCE_MS = 1_500;
const READY_TIMEOUT_MS = 90_000;

const EXAMPLE_CONFIGS = [
  "examples/tracking-worker/wrangler.toml",
  "examples/platforms/wrangler.toml",
] as const;

/**
 * The three Workers on this machine, as two `wrangler dev`: Tachograph alone on its port, the
 * tracking Worker with the platforms behind it on another. Of several configurations in one
 * `wrangler dev` only the first has a port, hence two; wrangler's local registry joins them.
 */
export class LocalRun {
  readonly #options: LocalRunOptions;
  readonly #stateDir: string;
  readonly #runDir: string;
  readonly #running: WranglerProcess[] = [];
  #receiver: MessageReceiver | undefined;
  #claimed = false;
  /** Set when nothing may be started any more. */
  #isEnding = false;

  constructor(options: LocalRunOptions) {
    this.#options = options;
    this.#stateDir = resolve(options.state);
    this.#runDir = join(this.#stateDir, "start");
  }

  /**
   * Starts everything; resolves when requests are answered, or to undefined when `stop` is aborted.
   *
   * @throws StartError when something is in the way.
   */
  async start(stop: AbortSignal): Promise<StartedRun | undefined> {
    const { port, otlp } = this.#options;
    await claimRun(this.#runDir);
    this.#claimed = true;
    removeAddresses(this.#runDir);
    if (!(await isPortFreeWithin(port, PORT_PATIENCE_MS))) {
      throw new StartError(
        `port ${port} is taken: end what listens there, or choose another --port`,
      );
    }
    this.#freshRegistry();
    const route = chooseAlertRoute(this.#options, this.#runDir);
    if (route.url === undefined) this.#receiver = await this.#openReceiver(route);
    const url = route.url ?? this.#receiver?.url ?? "";
    const examplesPort = this.#options.examples ? await freePort(port + 1) : null;
    const heal = healVars(examplesPort, route.secret, this.#options.devVars);
    const vars = {
      WEBHOOK_URL: url,
      WEBHOOK_SECRET: route.secret,
      ALLOW_PRIVATE_URLS: route.allowPrivateUrls,
      ...(otlp !== undefined && { OTLP_ENDPOINT: otlp }),
      ...heal,
    };
    // Side by side: each waits for its own database.
    const launched = await Promise.all([
      this.#launchTachograph(port, vars, stop),
      examplesPort === null || this.#launchExamples(examplesPort, heal, stop),
    ]);
    if (launched.includes(false)) return undefined;
    const addresses = {
      tachograph: `http://127.0.0.1:${port}`,
      trackingWorker: examplesPort === null ? null : `http://127.0.0.1:${examplesPort}`,
      receiver: this.#receiver?.origin ?? null,
    };
    if (!(await this.#ready(addresses, stop))) return undefined;
    writeAddresses(this.#runDir, addresses);
    return { addresses, alerts: this.#describe(route) };
  }

  /** Resolves when `stop` is aborted; rejects when one of the Workers ends before that. */
  async untilStopped(stop: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((settle) => {
      if (stop.aborted) settle();
      stop.addEventListener("abort", () => settle(), { once: true });
    });
    await Promise.race([stopped, ...this.#running.map((running) => failOnExit(running))]);
  }

  /** Ends everything that was started. To call it again does no harm. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#claimed) removeAddresses(this.#runDir);
    await Promise.all(this.#running.map((running) => endWrangler(running)));
    await this.#receiver?.close();
    this.#receiver = undefined;
    if (this.#claimed) releaseRun(this.#runDir);
  }

  /** @returns false when it is to end before that. */
  async #launchTachograph(
    port: number,
    vars: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<boolean> {
    const database = { name: "migrations", config: "wrangler.toml", stateDir: this.#stateDir };
    if (!(await this.#migrate(database, stop))) return false;
    const args = ["-c", "wrangler.toml", ...this.#devArguments(port, this.#stateDir)];
    this.#launch("tachograph", args, vars);
    return true;
  }

  /** @returns false when it is to end before that. */
  async #launchExamples(
    port: number,
    vars: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<boolean> {
    const stateDir = join(this.#stateDir, "examples");
    const [config] = EXAMPLE_CONFIGS;
    if (!(await this.#migrate({ name: "example-migrations", config, stateDir }, stop)))
      return false;
    const configs = EXAMPLE_CONFIGS.flatMap((each) => ["-c", each]);
    this.#launch("examples", [...configs, ...this.#devArguments(port, stateDir)], vars);
    return true;
  }

  #openReceiver({ keys }: AlertRoute): Promise<MessageReceiver> {
    const { port, say, warn } = this.#options;
    return MessageReceiver.open({
      keys,
      firstPort: port + 2,
      onMessage: ({ event }) => {
        for (const line of messageLines(event)) say(line);
      },
      onRefused: (why) => warn(`alert receiver: refused a request: ${why}`),
    });
  }

  #describe({ url, isMadeUp }: AlertRoute): string {
    if (url === undefined) {
      return `${this.#receiver?.origin ?? ""}/messages   (each is printed here; npm run demo:outage)`;
    }
    // The rest of the URL of a webhook is often its secret.
    const where = URL.parse(url)?.origin ?? "WEBHOOK_URL of .dev.vars, which is no URL";
    return isMadeUp ? `${where}   (signed with the key in ${keptKeyFile(this.#runDir)})` : where;
  }

  /** A killed run leaves addresses behind that nobody answers, and wrangler would believe them. */
  #freshRegistry(): void {
    rmSync(this.#registryDir, { recursive: true, force: true });
    mkdirSync(this.#registryDir, { recursive: true });
  }

  get #registryDir(): string {
    return join(this.#runDir, "registry");
  }

  #launch(
    name: string,
    devArguments: readonly string[],
    vars: Readonly<Record<string, string>> = {},
  ): void {
    const onLine = (line: string): void => {
      if (!isExpectedWarning(line)) this.#options.warn(`[${name}] ${line}`);
    };
    this.#spawn(name, ["dev", ...devArguments], onLine, vars);
  }

  #spawn(
    name: string,
    args: readonly string[],
    onLine: (line: string) => void,
    vars: Readonly<Record<string, string>> = {},
  ): WranglerProcess {
    const running = startWrangler({
      name,
      args,
      cwd: this.#options.rootDir,
      logFile: join(this.#runDir, `${name}.log`),
      registryDir: this.#registryDir,
      cacheDir: join(this.#runDir, "cache"),
      vars,
      onLine,
    });
    this.#running.push(running);
    recordGroups(
      this.#runDir,
      this.#running.map(({ pid }) => pid),
    );
    return running;
  }

  #devArguments(port: number, persistDir: string): string[] {
    const listen = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
    const quiet = ["--log-level", "warn", "--show-interactive-dev-session=false"];
    return ["--local", ...listen, "--persist-to", persistDir, ...quiet];
  }

  /** Brings a local D1 up to date; false when it is to end before that. */
  async #migrate({ name, config, stateDir }: LocalDatabase, stop: AbortSignal): Promise<boolean> {
    const marker = {
      migrationsDir: join(this.#options.rootDir, dirname(config), "migrations"),
      markerFile: join(this.#runDir, `${name}.sha256`),
      databaseDir: join(stateDir, "v3", "d1"),
    };
    if (!migrationsPending(marker)) return !stop.aborted && !this.#isEnding;
    const target = ["DB", "--local", "--persist-to", stateDir, "-c", config];
    const args = ["d1", "migrations", "apply", ...target];
    const running = this.#spawn(name, args, () => undefined);
    const stopped = new Promise<undefined>((settle) => {
      stop.addEventListener("abort", () => settle(undefined), { once: true });
    });
    const exit = await Promise.race([running.exited, stopped]);
    if (exit === undefined || this.#isEnding) return false;
    this.#running.splice(this.#running.indexOf(running), 1);
    if (exit.code !== 0 || !existsSync(marker.databaseDir)) throw diedError(running, exit);
    markMigrationsApplied(marker);
    return !stop.aborted;
  }

  async #ready(addresses: LocalAddresses, stop: AbortSignal): Promise<boolean> {
    const deadline = AbortSignal.timeout(READY_TIMEOUT_MS);
    const signal = AbortSignal.any([stop, deadline]);
    const { tachograph, trackingWorker } = addresses;
    const workers = trackingWorker === null ? [tachograph] : [tachograph, trackingWorker];
    const answers = Promise.all(
      workers.map((address) => waitUntilAnswers(`${address}/health`, signal)),
    );
    const all = await Promise.race([
      answers,
      ...this.#running.map((running) => failOnExit(running)),
    ]);
    if (all.every(Boolean)) return true;
    if (stop.aborted) return false;
    const logs = this.#running.map(({ logFile }) => logFile).join(" and ");
    throw new StartError(`not ready after ${READY_TIMEOUT_MS / 1_000} s: see ${logs}`);
  }
}

/** For the channel `heal` of the configuration, should somebody take it in: it calls the example. */
function healVars(
  examplesPort: number | null,
  secret: string,
  { HEAL_URL, HEAL_SECRET }: LocalRunOptions["devVars"],
): Readonly<Record<string, string>> {
  if (examplesPort === null) return {};
  return {
    HEAL_URL: HEAL_URL ?? `http://127.0.0.1:${examplesPort}/hooks/heal`,
    HEAL_SECRET: HEAL_SECRET ?? secret,
  };
}

async function failOnExit(running: WranglerProcess): Promise<never> {
  throw diedError(running, await running.exited);
}

function diedError(
  running: WranglerProcess,
  exit: { code: number | null; signal: string | null },
): StartError {
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const tail = running.tail().map((line) => `  ${line}`);
  const lines = [
    `${running.name} ended unexpectedly (${how}); ${running.logFile} ends with:`,
    ...tail,
  ];
  return new StartError(lines.join("\n"));
}
