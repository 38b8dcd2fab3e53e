import "./require-node.mjs";
import { dirname } from "node:path";
import { checkConfig } from "./lib/check-config.ts";
import { ensureDevVars, tokensFault } from "./lib/dev-vars.ts";
import { type LocalAddresses, LocalRun } from "./lib/local-run.ts";
import { StartError } from "./lib/start-error.ts";
import { parseStartOptions, START_HELP, type StartOptions } from "./lib/start-options.ts";
import { Traffic } from "./lib/traffic.ts";

const ROOT_DIR = dirname(import.meta.dirname);
const SHELL_POLL_MS = 200;

/** Runs Tachograph, the tracking Worker and the platforms until a signal ends them. */
async function start(options: StartOptions, stop: AbortSignal): Promise<void> {
  await checkConfig(ROOT_DIR);
  if (ensureDevVars(ROOT_DIR)) say("created .dev.vars from .dev.vars.example");
  const fault = tokensFault(ROOT_DIR);
  if (fault !== undefined) warn(`warning: ${fault}`);
  const run = new LocalRun({ ...options, rootDir: ROOT_DIR, say: warn });
  let traffic: Traffic | undefined;
  try {
    const addresses = await run.start(stop);
    if (addresses === undefined) return;
    announce(addresses);
    traffic = options.traffic ? startTraffic(options, addresses) : undefined;
    await run.untilStopped(stop);
  } finally {
    traffic?.stop();
    await run.end();
  }
}

function announce({ tachograph, trackingWorker }: LocalAddresses): void {
  say(`ready ${tachograph}`);
  say(`  dashboard        ${tachograph}/`);
  say(`  tracking Worker  ${trackingWorker}/   (POST /track)`);
  say(
    `  platforms        ${trackingWorker}/control   (PATCH /control/meta {"medianMs":900,"p99Ms":4000})`,
  );
  say("  tokens           .dev.vars");
}

function startTraffic(options: StartOptions, addresses: LocalAddresses): Traffic {
  const { ratePerSecond } = options;
  say(
    `traffic: ${ratePerSecond} events/s to five platforms, as far as their limits carry, for at most one hour`,
  );
  return new Traffic({ url: `${addresses.trackingWorker}/track`, ratePerSecond, say });
}

/** Aborts on the first signal. Ending is bounded in time, so a second one changes nothing. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort());
  }
  // Whoever read our output is gone, and so is the reason to run.
  process.stdout.on("error", () => controller.abort());
  process.stderr.on("error", () => controller.abort());
  if (process.env.npm_lifecycle_event !== undefined) endWithShell(controller);
  return controller.signal;
}

/**
 * npm runs us in a shell and passes SIGTERM to that: a shell that does not replace itself by us
 * dies of it and tells us nothing.
 */
function endWithShell(controller: AbortController): void {
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) controller.abort();
  }, SHELL_POLL_MS).unref();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<number> {
  const parsed = parseStartOptions(process.argv.slice(2));
  if (parsed.kind === "help") {
    say(START_HELP);
    return 0;
  }
  if (parsed.kind === "invalid") {
    warn(`${parsed.message}\n\n${START_HELP}`);
    return 1;
  }
  try {
    await start(parsed.options, stopOnSignals());
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    warn(`error: ${error.message}`);
    return 1;
  }
}

process.exit(await main());
