import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const WITHIN_MS = 2_000;
const TARGET = "pinterest";

export const outage: Theme = {
  name: "outage",
  checks: (stage): readonly Check[] => [
    {
      title: "a platform that breaks down is red within 2 s",
      run: () => turnsRed(stage),
    },
  ],
};

/** Half of what `npm run demo:outage` makes fail is enough for CRITICAL: a tenth of its calls. */
async function turnsRed(stage: Stage): Promise<void> {
  await stage.poster.board();
  const { page } = await stage.open("outage", { token: TOKENS.read });
  await eventually(async () => assert.equal(await isLive(page), true));
  const calls = { target: TARGET, operation: "conversions", medianMs: 120 };
  await stage.poster.post({ ...calls, count: 50 });
  await eventually(async () => assert.ok((await badgesOf(page)).length > 0));
  assert.deepEqual(
    (await badgesOf(page)).filter(({ text }) => text === "CRITICAL"),
    [],
  );
  await stage.poster.post({ ...calls, count: 40, outcomes: ["error"] });
  const answeredAt = performance.now();
  const badge = await eventually(async () => {
    const [red] = (await badgesOf(page)).filter(({ text }) => text === "CRITICAL");
    assert.ok(red, "no CRITICAL");
    return red;
  }, 5_000);
  const tookMs = performance.now() - answeredAt;
  console.log(`        red after ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < WITHIN_MS, `it took ${Math.round(tookMs)} ms`);
  const [red = 0, green = 0, blue = 0] = badge.color;
  assert.ok(red > 1.5 * green && red > 1.5 * blue, `rgb(${badge.color.join(", ")}) is not red`);
  await stage.screenshot(page, "outage-light");
}

interface ShownBadge {
  readonly text: string;
  /** Of what stands out: the text, or what is behind it. */
  readonly color: readonly number[];
}

/** The badges of the platform in the card of errors, those that can be seen. */
function badgesOf(page: Page): Promise<ShownBadge[]> {
  return page.evaluate((target) => {
    const badges = document.querySelectorAll(`#errors [data-target="${target}"] .badge`);
    const channels = (color: string): number[] =>
      [...color.matchAll(/[\d.]+/g)].slice(0, 3).map(([part]) => Number(part));
    const spread = (color: readonly number[]): number => Math.max(...color) - Math.min(...color);
    return [...badges]
      .filter((badge) => badge.checkVisibility())
      .map((badge) => {
        const style = getComputedStyle(badge);
        const colors = [style.color, style.backgroundColor].map((color) => channels(color));
        const [color = []] = colors.toSorted((left, right) => spread(right) - spread(left));
        return { text: badge.textContent, color };
      });
  }, TARGET);
}
