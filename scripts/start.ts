import { dirname } from "node:path";
import { checkConfig } from "./lib/check-config.ts";
import { ensureDevVars, readDevVars, tokensFault } from "./lib/dev-vars.ts";
import { LocalCron } from "./lib/local-cron.ts";
import { LocalRun, type StartedRun } from "./lib/local-run.ts";
import { StartError } from "./lib/start-error.ts";
import { parseStartOptions, START_HELP, type StartOptions } from "./lib/start-options.ts";
import { stopOnSignals } from "./lib/stop-on-signals.ts";
import { Traffic } from "./lib/traffic.ts";

const ROOT_DIR = dirname(import.meta.dirname);

/** Runs Tachograph, the tracking Worker and the platforms until a signal ends them. */
async function start(options: StartOptions, stop: AbortSignal): Promise<void> {
  await checkConfig(ROOT_DIR);
  if (ensureDevVars(ROOT_DIR)) say("created .dev.vars from .dev.vars.example");
  const fault = tokensFault(ROOT_DIR);
  if (fault !== undefined) warn(`warning: ${fault}`);
  const run = new LocalRun({
    ...options,
    rootDir: ROOT_DIR,
    webhookSecret: process.env["WEBHOOK_SECRET"],
    devVars: readDevVars(ROOT_DIR),
    say,
    warn,
  });
  let traffic: Traffic | undefined;
  let cron: LocalCron | undefined;
  try {
    const started = await run.start(stop);
    if (started === undefined) return;
    announce(started, options);
    const { trackingWorker } = started.addresses;
    const sends = options.traffic && trackingWorker !== null;
    traffic = sends ? startTraffic(options, trackingWorker) : undefined;
    cron = sends ? new LocalCron({ origin: trackingWorker, warn }) : undefined;
    await run.untilStopped(stop);
  } finally {
    traffic?.stop();
    cron?.stop();
    await run.end();
  }
}

function announce({ addresses, alerts }: StartedRun, { otlp }: StartOptions): void {
  const { tachograph, trackingWorker } = addresses;
  say(`ready ${tachograph}`);
  say(`  dashboard        ${tachograph}/`);
  if (trackingWorker !== null) {
    say(`  tracking Worker  ${trackingWorker}/   (POST /track)`);
    say(
      `  platforms        ${trackingWorker}/control   (PATCH /control/meta {"medianMs":900,"p99Ms":4000})`,
    );
  }
  say(`  alerts           ${alerts}`);
  // The rest of a collector's URL may be a secret.
  if (otlp !== undefined) {
    say(`  totals           ${new URL(otlp).origin}   (OTLP, after each minute with traffic)`);
  }
  say("  tokens           .dev.vars");
}

function startTraffic(options: StartOptions, trackingWorker: string): Traffic {
  const { ratePerSecond } = options;
  say(
    `traffic: ${ratePerSecond} events/s to five platforms, as far as their limits carry, for at most one hour`,
  );
  say("         what is above them is deferred, and told as limit-exhausted after some minutes");
  return new Traffic({ url: `${trackingWorker}/track`, ratePerSecond, say });
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
