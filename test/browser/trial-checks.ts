import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { eventually } from "./checks.ts";
import type { Stage, Theme } from "./stage.ts";

/** How long the answer to the first try is held back. */
const HELD_MS = 1_500;

export const trial: Theme = {
  name: "trial",
  checks: (stage) => [
    {
      title: "a result of other choices is not shown, and the address holds the choices",
      run: () => showsOwnResult(stage),
    },
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
