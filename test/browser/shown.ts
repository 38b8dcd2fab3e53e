import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** A number that the page shows, and what it says that it is. */
export interface ShownField {
  /** The card that it is in. */
  readonly card: string;
  /** The target and the operation that it is of; null for one of the whole tenant. */
  readonly target: string | null;
  readonly operation: string | null;
  /** The window that it is of; null for the chosen one. */
  readonly window: string | null;
  /** The layer of a cache that it is of; null for none. */
  readonly layer: string | null;
  /** The pillar that it is of, in the summary. */
  readonly pillar: string | null;
  /** As the API calls it. */
  readonly field: string;
  readonly text: string;
}

/** Reads every number of `/v1/live` at once, so that no frame comes in between. */
export function readFields(page: Page): Promise<ShownField[]> {
  return page.evaluate(() => {
    const near = (element: Element, name: string): string | null =>
      element.closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? null;
    // The points of a chart, where it is shown as a table, are not of this moment.
    const fields = document.querySelectorAll("#live [data-field]:not(tr[data-at] *)");
    return [...fields].map((element) => ({
      card: element.closest("section[id], #summary")?.id ?? "",
      target: near(element, "target"),
      operation: near(element, "operation"),
      window: near(element, "window"),
      layer: near(element, "layer"),
      pillar: near(element, "pillar"),
      field: element.getAttribute("data-field") ?? "",
      text: element.textContent,
    }));
  });
}

/** Whether the page says that it is live. False when nobody is signed in. */
export async function isLive(page: Page): Promise<boolean> {
  return page.evaluate(() => document.getElementById("live")?.getAttribute("data-live") === "true");
}

/** The only field of this name in a card, target and operation. */
export function fieldOf(
  fields: readonly ShownField[],
  wanted: Partial<Omit<ShownField, "text">>,
): string {
  const found = fields.filter((shown) =>
    Object.entries(wanted).every(([key, value]) => Reflect.get(shown, key) === value),
  );
  assert.ok(found.length > 0, `the page shows no ${JSON.stringify(wanted)}`);
  assert.equal(new Set(found.map(({ text }) => text)).size, 1, JSON.stringify(found));
  return found[0]?.text ?? "";
}
