import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

export const keyboard: Theme = {
  name: "keyboard",
  checks: (stage) => new KeyboardChecks(stage).all(),
};

/** Everything by keys, and everything that was chosen in the address. */
class KeyboardChecks {
  readonly #stage: Stage;
  #opened: Page | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      { title: "signing in by keys alone", run: () => this.#signsIn() },
      { title: "Tab reaches every control, and each shows it", run: () => this.#reachesAll() },
      { title: "Enter, Space and the arrows do what a press does", run: () => this.#presses() },
      { title: "the whole view is in the address", run: () => this.#keepsView() },
      { title: "going back leaves the page as it was", run: () => this.#goesBack() },
      { title: "an address that makes no sense is as none", run: () => this.#ignoresNonsense() },
      { title: "language and colours", run: () => this.#changesLooks() },
    ];
  }

  async #signsIn(): Promise<void> {
    await this.#stage.poster.board();
    const { page } = await this.#stage.open("keyboard");
    this.#opened = page;
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
    for (let presses = 0; (await focused()) !== "token"; presses += 1) {
      assert.ok(presses < 10, "Tab does not come to the token");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type(TOKENS.read);
    await page.keyboard.press("Enter");
    await this.#live();
  }

  async #reachesAll(): Promise<void> {
    const page = this.#page;
    const count = await markControls(page);
    const reached = new Map<number, boolean>();
    for (let presses = 0; presses < count + 20 && reached.size < count; presses += 1) {
      await page.keyboard.press("Tab");
      const { index, isShown } = await focusedControl(page);
      if (index !== null) reached.set(index, isShown);
    }
    const missed = await namesOf(page, (index) => !reached.has(index));
    assert.deepEqual(missed, [], "not reached");
    const hidden = await namesOf(page, (index) => reached.get(index) === false);
    assert.deepEqual(hidden, [], "focus is not to be seen");
    console.log(`        ${count} controls`);
  }

  async #presses(): Promise<void> {
    const page = this.#page;
    await page.locator("input[name=range]:checked").focus();
    await page.keyboard.press("ArrowRight");
    await inAddress(page, "range", "1h");
    await page.keyboard.press("ArrowLeft");
    await inAddress(page, "range", null);
    const name = page.locator('#series tr[data-target="google"][data-operation="*"] button');
    for (const key of ["Enter", "Space"]) {
      await page.locator('#series tr[data-target="meta"][data-operation="*"] button').click();
      await inAddress(page, "target", "meta");
      await name.focus();
      await page.keyboard.press(key);
      await inAddress(page, "target", "google");
    }
    const menu = page.locator("details.menu");
    await menu.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.equal(await menu.getAttribute("open"), "");
    await page.keyboard.press("Escape");
    assert.equal(await menu.getAttribute("open"), null);
  }

  async #keepsView(): Promise<void> {
    const page = this.#page;
    await page.locator('#series tr[data-target="meta"][data-operation="events"] button').click();
    await page.locator('#series input[type=radio][value="5m"]').check({ force: true });
    await page.locator("#series input[type=search]").fill("e");
    await page.locator('input[name=range][value="6h"]').check({ force: true });
    await page.locator("details.menu summary").click();
    await page.locator('input[name=theme][value="dark"]').check({ force: true });
    await page.locator('input[name=language][value="pt-BR"]').check({ force: true });
    await page.keyboard.press("Escape");
    // Where there is anything else to choose, the last is taken.
    const before = await choicesOf(page);
    await inAddress(page, "lang", "pt-BR");
    const address = page.url();
    await page.reload();
    await this.#live();
    await eventually(async () => assert.deepEqual(await choicesOf(page), before));
    assert.equal(page.url(), address);
    const { searchParams } = new URL(address);
    for (const [key, value] of Object.entries({
      range: "6h",
      window: "5m",
      target: "meta",
      operation: "events",
      lang: "pt-BR",
      theme: "dark",
    })) {
      assert.equal(searchParams.get(key), value, address);
    }
    await this.#stage.screenshot(page, "pt-br-dark", true);
  }

  /** A range that was chosen is a step back, and so is the page of before. */
  async #goesBack(): Promise<void> {
    const page = this.#page;
    const { url } = this.#stage.system;
    await page.goto(`${url}/?range=1h&lang=en&theme=light`);
    await this.#live();
    await page.locator('input[name=range][value="24h"]').check({ force: true });
    await page.locator('input[name=range][value="7d"]').check({ force: true });
    await inAddress(page, "range", "7d");
    await page.goBack();
    await inAddress(page, "range", "24h");
    await page.goForward();
    await inAddress(page, "range", "7d");
    await page.goto(`${url}/?range=30d&lang=en`);
    await this.#live();
    await page.goBack();
    await this.#live();
    const chosen = page.locator("input[name=range]:checked");
    await eventually(async () => assert.equal(await chosen.getAttribute("value"), "7d"));
    // An address that is edited while the page is open, as by a link to an alert.
    await page.evaluate(() => location.assign("#alert=a.b"));
    await this.#live();
    assert.equal(await chosen.getAttribute("value"), "7d");
  }

  async #ignoresNonsense(): Promise<void> {
    const page = this.#page;
    const nonsense = `range=2h&window=9m&target=${"x".repeat(500)}&operation=%00&rule=<b>&lang=de&theme=pink&sort=no&filter=`;
    await page.goto(`${this.#stage.system.url}/?${nonsense}#alert=<script>`);
    await this.#live();
    const chosen = page.locator("input[name=range]:checked");
    assert.equal(await chosen.getAttribute("value"), "live");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  }

  async #changesLooks(): Promise<void> {
    const page = this.#page;
    const { url } = this.#stage.system;
    const back = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${url}/?theme=dark&lang=pt-BR`);
    await this.#live();
    const dark = await back();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "pt-BR");
    assert.match((await page.locator("#sign-out").textContent()) ?? "", /Sair/);
    const english = /\b(Sign out|Errors|Latency|Limits|Show|of the|last minute)\b/;
    const text = await page.locator("body").innerText();
    assert.doesNotMatch(text.replaceAll(/\bShow\b.*"/g, ""), english);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(`${url}/?theme=light&lang=en`);
    await this.#live();
    assert.notEqual(await back(), dark);
    await page.goto(`${url}/`);
    await this.#live();
    assert.equal(await back(), dark);
  }

  async #live(): Promise<void> {
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    // The last card to be made.
    await this.#page.locator("#health").waitFor({ timeout: 10_000 });
  }

  get #page(): Page {
    assert.ok(this.#opened, "no page is open");
    return this.#opened;
  }
}

/** A page tells its address a moment after it has changed it. */
async function inAddress(page: Page, key: string, value: string | null): Promise<void> {
  await eventually(async () => {
    assert.equal(new URL(page.url()).searchParams.get(key), value, key);
  }, 2_000);
}

/** Numbers everything that Tab has to reach. @returns how many there are. */
function markControls(page: Page): Promise<number> {
  return page.evaluate(() => {
    const selector = "a[href], button, input, select, textarea, summary, [tabindex]";
    const controls = [...document.querySelectorAll<HTMLElement>(selector)].filter((control) => {
      if (control.tabIndex < 0 || control.matches(":disabled")) return false;
      // Of a group of radio buttons Tab reaches the one that is chosen.
      if (control.matches("input[type=radio]:not(:checked)")) return false;
      return control.checkVisibility({ visibilityProperty: true });
    });
    for (const [index, control] of controls.entries()) {
      control.setAttribute("data-tab", String(index));
    }
    return controls.length;
  });
}

/** Which of them has the focus, and whether that can be seen. */
function focusedControl(page: Page): Promise<{ index: number | null; isShown: boolean }> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    const index = focused?.getAttribute("data-tab") ?? null;
    const { width = 0, bottom = 0, right = 0 } = focused?.getBoundingClientRect() ?? {};
    // A radio button may be drawn by the label around it.
    const drawn = [focused, focused?.nextElementSibling, focused?.parentElement];
    const hasRing = drawn.some((element) => {
      if (!element) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    });
    const isOnScreen = width > 0 && bottom > 0 && right > 0;
    return { index: index === null ? null : Number(index), isShown: hasRing && isOnScreen };
  });
}

async function namesOf(page: Page, isWanted: (index: number) => boolean): Promise<string[]> {
  const all = await page.evaluate(() =>
    [...document.querySelectorAll("[data-tab]")].map((control) => ({
      index: Number(control.getAttribute("data-tab")),
      name: control.outerHTML.slice(0, 160),
    })),
  );
  return all.filter(({ index }) => isWanted(index)).map(({ name }) => name);
}

/** All that is chosen on the page. */
function choicesOf(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const inputs = document.querySelectorAll<HTMLInputElement>(
      "input[type=radio]:checked, input[type=search], input[type=checkbox]:checked",
    );
    const selects = document.querySelectorAll("select");
    const { lang, dataset } = document.documentElement;
    return {
      lang,
      theme: dataset.theme,
      inputs: [...inputs].map(({ name, value }) => `${name}=${value}`),
      selects: [...selects].map(({ name, id, value }) => `${name}${id}=${value}`),
    };
  });
}
