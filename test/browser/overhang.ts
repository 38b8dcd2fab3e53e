import type { Page } from "playwright-core";

/** How many pixels the page is wider than the screen. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
