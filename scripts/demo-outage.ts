import { join, resolve } from "node:path";
import { DEMO_HELP, type DemoOptions, parseDemoOptions } from "./lib/demo-options.ts";
import { OutageDemo } from "./lib/outage-demo.ts";
import { type LocalAddresses, readAddresses } from "./lib/run-addresses.ts";
import { StartError } from "./lib/start-error.ts";
import { stopOnSignals } from "./lib/stop-on-signals.ts";
import { waitUntilAnswers } from "./lib/wait-until-answers.ts";

/** A run that was killed leaves its addresses behind, and nobody there. */
const ANSWER_TIMEOUT_MS = 3_000;

/** As a shell tells that somebody was interrupted. */
const STOPPED_EXIT_CODE = 130;

async function demonstrate(options: DemoOptions, stop: AbortSignal): Promise<number> {
  const addresses = await runningAddresses(options.state);
  const { receiver, trackingWorker } = addresses;
  if (trackingWorker === null) {
    throw new StartError("there is no platform to break: start it without --no-examples");
  }
  if (receiver === null) {
    throw new StartError(
      "the alerts of this run go elsewhere: start it without --webhook, and without WEBHOOK_URL " +
        "in .dev.vars, so that they come to the receiver that this looks at",
    );
  }
  const demo = new OutageDemo({
    ...options,
    addresses: { ...addresses, receiver, trackingWorker },
    say,
  });
  const result = await demo.run(stop);
  if (result === "told") return 0;
  warn("stopped before it was over");
  return STOPPED_EXIT_CODE;
}

async function runningAddresses(state: string): Promise<LocalAddresses> {
  const addresses = readAddresses(join(resolve(state), "start"));
  const isThere =
    addresses !== undefined &&
    (await waitUntilAnswers(
      `${addresses.tachograph}/health`,
      AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    ));
  if (isThere) return addresses;
  throw new StartError(`nothing runs on the state ${state}; start it first: npm start`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<number> {
  const parsed = parseDemoOptions(process.argv.slice(2));
  if (parsed.kind === "help") {
    say(DEMO_HELP);
    return 0;
  }
  if (parsed.kind === "invalid") {
    warn(`${parsed.message}\n\n${DEMO_HELP}`);
    return 1;
  }
  try {
    return await demonstrate(parsed.options, stopOnSignals());
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    warn(`error: ${error.message}`);
    return 1;
  }
}

process.exit(await main());
