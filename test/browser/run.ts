import assert from "node:assert/strict";
import { System } from "../e2e/system.ts";
import { runChecks, type Tally } from "./checks.ts";
import { startChromium } from "./chromium.ts";
import { Stage } from "./stage.ts";
import { useSuiteTokens } from "./suite-tokens.ts";
import { THEMES } from "./themes.ts";
import { faultsOf } from "./watched-page.ts";

/** Longest that the whole run may take before everything is ended. */
const TIMEOUT_MS = 360_000;

/**
 * The page in real Chromium, on the system as `npm start` runs it. Returns whether all is well.
 *
 * @param names - the themes that are run; all of them if there are none.
 */
async function run(names: readonly string[]): Promise<boolean> {
  const unknown = names.filter((name) => !THEMES.some((theme) => theme.name === name));
  if (unknown.length > 0) {
    const known = THEMES.map(({ name }) => name).join(", ");
    console.error(`no such theme: ${unknown.join(", ")}; there are ${known}`);
    return false;
  }
  const tally: Tally = { passed: 0, failed: 0 };
  useSuiteTokens();
  const [system, chromium] = await startBoth();
  try {
    console.log(`Tachograph runs at ${system.url}, Chromium ${chromium.version}`);
    await runThemes(new Stage(system, chromium), names, tally);
  } finally {
    await chromium.close();
    await system.dispose();
  }
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 && tally.passed > 0;
}

async function startBoth() {
  const [system, chromium] = await Promise.allSettled([System.start(), startChromium()]);
  if (system.status === "fulfilled" && chromium.status === "fulfilled") {
    return [system.value, chromium.value] as const;
  }
  if (system.status === "fulfilled") await system.value.dispose();
  if (chromium.status === "fulfilled") await chromium.value.close();
  throw system.status === "rejected" ? system.reason : Reflect.get(chromium, "reason");
}

async function runThemes(stage: Stage, names: readonly string[], tally: Tally): Promise<void> {
  for (const { name, checks } of THEMES) {
    if (names.length > 0 && !names.includes(name)) continue;
    const startedAt = performance.now();
    console.log(`\n${name}`);
    await runChecks(checks(stage), tally, () => picture(stage, name, tally.failed));
    for (const { page } of stage.pages) if (!page.isClosed()) await page.close();
    console.log(`        ${((performance.now() - startedAt) / 1000).toFixed(1)} s in all`);
  }
  const title = "nothing on the console, no CSP violation, no request to another origin";
  const check = async (): Promise<void> => {
    assert.deepEqual(
      stage.pages.flatMap((watched) => faultsOf(watched)),
      [],
    );
  };
  if (stage.pages.length > 0) await runChecks([{ title, run: check }], tally);
}

/** Writes a picture of the newest page that is open, as it was when a check failed. */
async function picture(stage: Stage, theme: string, failed: number): Promise<void> {
  const watched = stage.pages.findLast(({ page }) => !page.isClosed());
  if (watched === undefined) return;
  try {
    await stage.screenshot(watched.page, `failed-${failed}-${theme}`);
  } catch (error) {
    console.log(`        no picture of it: ${String(error)}`);
  }
}

// Everything that was started ends with this process, which must not outlive its time.
setTimeout(() => {
  console.error(`not done after ${TIMEOUT_MS / 1000} s`);
  process.exit(1);
}, TIMEOUT_MS).unref();

process.exit((await run(process.argv.slice(2))) ? 0 : 1);
