import assert from "node:assert/strict";
import { System } from "../e2e/system.ts";
import { runChecks, type Tally } from "./checks.ts";
import { startChromium } from "./chromium.ts";
import { FakedStreamChecks } from "./faked-stream-checks.ts";
import { servingChecks } from "./serving-checks.ts";
import { SystemChecks } from "./system-checks.ts";
import { openWatched } from "./watched-page.ts";

/** Longest that the whole run may take before everything is ended. */
const TIMEOUT_MS = 300_000;

/** The page in real Chromium, on the system as `npm start` runs it. Returns whether all is well. */
async function run(): Promise<boolean> {
  const tally: Tally = { passed: 0, failed: 0 };
  const system = await System.start();
  console.log(`Tachograph runs at ${system.url}`);
  try {
    await runChecks(servingChecks(system.url), tally);
    await inChromium(system, tally);
  } finally {
    await system.dispose();
  }
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 && tally.passed > 0;
}

async function inChromium(system: System, tally: Tally): Promise<void> {
  const chromium = await startChromium();
  console.log(`Chromium ${chromium.version}`);
  try {
    const watched = await openWatched(chromium.context, system.url);
    await runChecks(new SystemChecks(system, watched).all(), tally);
    const faked = await openWatched(chromium.context, system.url);
    await runChecks(new FakedStreamChecks(system.url, faked).all(), tally);
    const title = "nothing on the console, no CSP violation, no request to another origin";
    const check = async (): Promise<void> => {
      assert.deepEqual([...watched.faults, ...faked.faults], []);
    };
    await runChecks([{ title, run: check }], tally);
  } finally {
    await chromium.close();
  }
}

// Everything that was started ends with this process, which must not outlive its time.
setTimeout(() => {
  console.error(`not done after ${TIMEOUT_MS / 1000} s`);
  process.exit(1);
}, TIMEOUT_MS).unref();

process.exit((await run()) ? 0 : 1);
