import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { eventually } from "./checks.ts";
import type { Stage, Theme } from "./stage.ts";

/** How long the answer to the first try is held back. */
const HELD_MS = 1_500;
const MINUTE_MS = 60_000;
const SLOW_TARGET = "snapchat";
/** For so long the target is slow, and then as quick as it should be. */
const SLOW_MINUTES = 2;
const QUICK_MINUTES = 2;

export const trial: Theme = {
  name: "trial",
  checks: (stage) => [
    {
      title: "a result of other choices is not shown, and the address holds the choices",
      run: () => showsOwnResult(stage),
    },
    { title: "a rule that is tried is drawn on history", run: () => isDrawn(stage) },
  ],
};

async function showsOwnResult(stage: Stage): Promise<void> {
  await stage.poster.board();
  const { page } = await stage.open("trial", {
    token: TOKENS.read,
    path: "/?rule=platform-latency&over=24h",
  });
  await page.getByLabel("Threshold (ms)").fill("750");
  await page.getByLabel("Only these targets").fill("meta google");
  const asked = await holdFirst(page);
  const run = page.getByRole("button", { name: "Try it" });
  await run.click();
  await page.locator('input[name="trial-range"][value="1h"]').check({ force: true });
  await eventually(async () => assert.equal(asked.isOver, true), HELD_MS * 4);
  assert.equal(await resultOf(page).count(), 0, "what was found in 24 h stands under 1 h");
  await run.click();
  await resultOf(page).first().waitFor({ timeout: 10_000 });
  await page.reload();
  assert.equal(await page.getByLabel("Threshold (ms)").inputValue(), "750");
  assert.equal(await page.getByLabel("Only these targets").inputValue(), "meta google");
  const range = page.locator('input[name="trial-range"]:checked');
  assert.equal(await range.getAttribute("value"), "1h");
}

/** What a rule would have done is told in a sentence, and drawn where the minutes are. */
async function isDrawn(stage: Stage): Promise<void> {
  const calls = { target: SLOW_TARGET, operation: "call", count: 40 };
  for (let minutes = SLOW_MINUTES + QUICK_MINUTES; minutes > QUICK_MINUTES; minutes -= 1) {
    await stage.poster.post({ ...calls, medianMs: 4_000, agoMs: minutes * MINUTE_MS });
  }
  for (let minutes = QUICK_MINUTES; minutes > 0; minutes -= 1) {
    await stage.poster.post({ ...calls, medianMs: 20, agoMs: minutes * MINUTE_MS });
  }
  const fields = { window: "1m", thresholdMs: 900, recoveryThresholdMs: 900, forMs: 1 };
  const words = Object.entries({ ...fields, keepFiringForMs: 0 });
  const text = [...words, ["targets", SLOW_TARGET]].map((word) => word.join(".")).join(" ");
  const query = new URLSearchParams({ rule: "platform-latency", over: "1h", try: text });
  const { page } = await stage.open("drawn trial", {
    token: TOKENS.read,
    path: `/?${query.toString()}`,
  });
  await page.getByRole("button", { name: "Try it" }).click();
  const result = resultOf(page).first();
  await eventually(async () => {
    assert.match(await result.locator("[role=status]").first().innerText(), /fired 1 ×: 1 series/);
  });
  const states = await result.locator("tr[data-at] td:nth-of-type(2)").allInnerTexts();
  assert.deepEqual(states, ["pending", "firing", "over"]);
  const colors = await eventually(async () => {
    const found = await colorsOf(result);
    assert.ok(found.red > 0 && found.orange > 0, JSON.stringify(found));
    return found;
  });
  console.log(`        ${colors.red} red and ${colors.orange} orange pixels of when it fires`);
  await stage.screenshot(page, "trial", true);
  await page.close();
}

/** How much of a chart is in the colours of alerts that fire, and of those that are about to. */
function colorsOf(result: Locator): Promise<{ red: number; orange: number }> {
  return result.locator("canvas").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no canvas");
    const { width, height } = canvas;
    const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    const counts = { red: 0, orange: 0 };
    for (let index = 0; index < data.length; index += 4) {
      const [red = 0, green = 0, blue = 0] = data.slice(index, index + 3);
      if (red - blue < 60 || red < 120) continue;
      if (green - blue < 25) counts.red += 1;
      else counts.orange += 1;
    }
    return counts;
  });
}

/** Holds the first try back for long enough that something else is chosen meanwhile. */
async function holdFirst(page: Page): Promise<{ isOver: boolean }> {
  const first = { isOver: false };
  let isFirst = true;
  await page.route("**/v1/rules/backtest", async (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, HELD_MS));
    // The page has let go of it: then there is nobody to answer.
    await route.fulfill({ response }).catch((error: unknown) => console.info(String(error)));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    first.isOver = true;
  });
  return first;
}

function resultOf(page: Page) {
  return page.locator("#alerts .alert-panel .alert-panel");
}
