import assert from "node:assert/strict";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { overhang } from "./overhang.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const SCREENS = [
  { name: "desktop-light", width: 1280, height: 900, colorScheme: "light", isWhole: true },
  { name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark", isWhole: true },
  { name: "phone-light", width: 360, height: 740, colorScheme: "light", isWhole: true },
  { name: "phone-dark", width: 360, height: 740, colorScheme: "dark", isWhole: false },
  { name: "tablet-light", width: 768, height: 1024, colorScheme: "light", isWhole: true },
  { name: "wall-dark", width: 2560, height: 1440, colorScheme: "dark", isWhole: false },
] as const;

export const screenshots: Theme = {
  name: "screenshots",
  checks: (stage): readonly Check[] =>
    (["live", "24h"] as const).map((range) => ({
      title: `nothing is wider than the screen, ${range}`,
      run: () => fits(stage, range),
    })),
};

async function fits(stage: Stage, range: string): Promise<void> {
  await stage.poster.board();
  const { page } = await stage.open(`screens of ${range}`, {
    token: TOKENS.admin,
    path: `/?range=${range}&window=1h`,
  });
  await eventually(async () => assert.equal(await isLive(page), true));
  await page.locator("#health").waitFor({ timeout: 5_000 });
  const tooWide: string[] = [];
  for (const { name, width, height, colorScheme, isWhole } of SCREENS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    await stage.screenshot(page, range === "live" ? name : `${name}-${range}`, isWhole);
    const wide = await overhang(page);
    if (wide !== 0) tooWide.push(`${name} is ${wide} px too wide`);
  }
  assert.deepEqual(tooWide, []);
  await page.close();
}
