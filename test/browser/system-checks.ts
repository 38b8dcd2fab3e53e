import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ContentFrame, WindowName } from "../../dashboard/stream-frame.ts";
import { Api, TOKENS } from "../e2e/api.ts";
import type { System } from "../e2e/system.ts";
import { type Check, eventually } from "./checks.ts";
import { expectedRow } from "./expected-row.ts";
import { readShown } from "./shown.ts";
import type { WatchedPage } from "./watched-page.ts";

const SCREENSHOT_DIR = join(import.meta.dirname, "screenshots");

const SCREENS = [
  { name: "desktop-light", width: 1280, height: 800, colorScheme: "light" },
  { name: "desktop-dark", width: 1280, height: 800, colorScheme: "dark" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
  { name: "wall-dark", width: 3840, height: 2160, colorScheme: "dark" },
] as const;

/** Names at the edge of what the API takes. */
const ODD_OPERATION = `constructor.__proto__:${"a-_.:9".repeat(7)}`.slice(0, 64);

/** The page on the running system; each check goes on where the one before it left the page. */
export class SystemChecks {
  readonly #system: System;
  readonly #watched: WatchedPage;
  readonly #api: Api;
  readonly #pingsAt: number[] = [];
  /** Timings that were acknowledged so far. */
  #sent = 0;

  constructor(system: System, watched: WatchedPage) {
    this.#system = system;
    this.#watched = watched;
    this.#api = new Api(system.url, TOKENS.admin);
    watched.page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        if (payload === "ping") this.#pingsAt.push(performance.now());
      });
    });
  }

  all(): readonly Check[] {
    return [
      { title: "a token that cannot be one says so", run: () => this.#refusesMalformedToken() },
      { title: "a wrong token says so", run: () => this.#refusesWrongToken() },
      { title: "a token without the scope says so", run: () => this.#refusesWrongScope() },
      { title: "without data it tells a newcomer what to do", run: () => this.#showsEmptyState() },
      { title: "it shows the numbers of /v1/live", run: () => this.#showsNumbers() },
      { title: "a tick changes them", run: () => this.#followsTicks() },
      { title: "every window, and the choice in the address", run: () => this.#showsWindows() },
      { title: "keyboard and screen reader", run: () => this.#isAccessible() },
      { title: "screenshots, nothing wider than the screen", run: () => this.#takesScreenshots() },
      { title: "it pings every 15 s", run: () => this.#pings() },
      { title: "server killed: not live within 3 s", run: () => this.#noticesKill() },
      { title: "restarted: live again without a reload", run: () => this.#comesBack() },
      { title: "a reload keeps token and window", run: () => this.#survivesReload() },
      { title: "signing out forgets the token", run: () => this.#signsOut() },
      { title: "no request failed but those that had to", run: () => this.#failedAsExpected() },
    ];
  }

  get #page() {
    return this.#watched.page;
  }

  async #refusesMalformedToken(): Promise<void> {
    await this.#page.goto(this.#system.url);
    await this.#signIn("not a token");
    await this.#fault(/letters, digits/);
  }

  async #refusesWrongToken(): Promise<void> {
    await this.#signIn("wrong");
    await this.#fault(/token is not known/);
    assert.equal(await this.#storedToken(), null);
  }

  async #refusesWrongScope(): Promise<void> {
    await this.#signIn(TOKENS.ingest);
    await this.#fault(/scope read/);
  }

  async #showsEmptyState(): Promise<void> {
    await this.#signIn(TOKENS.read);
    await this.#page.locator("#empty").waitFor({ state: "visible", timeout: 10_000 });
    const text = await this.#page.locator("#empty").textContent();
    assert.match(text ?? "", /import \{ tachograph \} from "tachograph\/client";/);
    assert.match(text ?? "", /props = \{ tenant = "default" \}/);
    const { status, freshness } = await readShown(this.#page);
    assert.equal(status, "UNKNOWN");
    assert.match(freshness, /^live, \d/);
    await this.#screenshot("empty-light");
  }

  async #showsNumbers(): Promise<void> {
    await this.#post("meta", "events", 400, 180);
    await this.#post("google", "collect", 300, 45);
    await this.#post("tiktok", "track", 200, 700, "error");
    await this.#post("pinterest", ODD_OPERATION, 100, 90);
    await this.#post("worker", "track", 500, 12);
    await this.#showsLive("1m");
    const { rows } = await readShown(this.#page);
    assert.equal(rows.length, 10);
    assert.ok(rows.some(({ operation }) => operation === ODD_OPERATION));
    assert.ok(rows.some(({ grades }) => grades.includes("CRITICAL")));
  }

  async #followsTicks(): Promise<void> {
    const count = async (): Promise<string | undefined> =>
      (await readShown(this.#page)).rows.find(({ target }) => target === "meta")?.cells.count;
    assert.equal(await count(), "400");
    await this.#post("meta", "events", 777, 210);
    await eventually(async () => assert.equal(await count(), "1,177"), 3_000);
    await this.#showsLive("1m");
  }

  async #showsWindows(): Promise<void> {
    for (const [window, label] of [
      ["5m", "5 min"],
      ["1h", "1 h"],
    ] as const) {
      await this.#page.getByText(label, { exact: true }).click();
      await this.#showsLive(window);
      assert.equal(new URL(this.#page.url()).searchParams.get("window"), window);
    }
  }

  async #isAccessible(): Promise<void> {
    const page = this.#page;
    const header = page.getByRole("rowheader", { name: "meta all operations", exact: true });
    assert.equal(await header.count(), 1);
    assert.equal(await page.getByRole("columnheader").count(), 13);
    assert.equal(await page.getByRole("radio", { name: "1 h", exact: true }).isChecked(), true);
    await page.getByRole("button", { name: "Sign out" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    await this.#showsLive("5m");
    await page.keyboard.press("Tab");
    assert.equal(await page.getByRole("region", { name: "Series" }).count(), 1);
    const focused = await page.evaluate(() => document.activeElement?.className);
    assert.equal(focused, "scroll card");
    // Spoken only when it changes: the age of the numbers is not part of it.
    const live = await page.locator("[role=status], [role=alert], [aria-live]").allTextContents();
    const { status } = await readShown(page);
    assert.deepEqual(live, [`Live. Status ${status}.`, ""]);
  }

  async #takesScreenshots(): Promise<void> {
    await this.#page.mouse.click(5, 790);
    for (const { name, width, height, colorScheme } of SCREENS) {
      await this.#page.setViewportSize({ width, height });
      await this.#page.emulateMedia({ colorScheme });
      await this.#screenshot(name);
      const overhang = await this.#page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overhang, 0, `${name} is ${overhang} px too wide`);
    }
    await this.#page.setViewportSize({ width: 1280, height: 800 });
    await this.#page.emulateMedia({ colorScheme: "light" });
  }

  async #pings(): Promise<void> {
    await eventually(async () => assert.ok(this.#pingsAt.length >= 2), 17_000);
    const [first = 0, second = 0] = this.#pingsAt.slice(-2);
    const gapMs = second - first;
    assert.ok(gapMs > 14_500 && gapMs < 17_000, `${gapMs} ms`);
  }

  async #noticesKill(): Promise<void> {
    await this.#page.evaluate(() => Reflect.set(window, "wasNotReloaded", true));
    await this.#system.kill();
    await eventually(async () => assert.match(await this.#freshness(), /^not live since/), 3_000);
    assert.equal(await this.#page.title(), "not live · Tachograph");
    assert.match(
      (await this.#page.locator("#announcement").textContent()) ?? "",
      /^not live since/,
    );
    await this.#screenshot("not-live-light");
  }

  async #comesBack(): Promise<void> {
    await this.#system.boot();
    await eventually(async () => assert.match(await this.#freshness(), /^live, /), 8_000);
    await this.#showsLive("5m");
    assert.equal(await this.#page.evaluate(() => Reflect.get(window, "wasNotReloaded")), true);
    const { rows } = await readShown(this.#page);
    assert.equal(rows.find(({ target }) => target === "meta")?.cells.count, "1,177");
  }

  async #survivesReload(): Promise<void> {
    await this.#page.reload();
    await eventually(async () => assert.match(await this.#freshness(), /^live, /));
    await this.#showsLive("5m");
  }

  async #signsOut(): Promise<void> {
    await this.#page.getByRole("button", { name: "Sign out" }).click();
    await this.#page.getByLabel("Token").waitFor({ state: "visible", timeout: 5_000 });
    assert.equal(await this.#storedToken(), null);
    await this.#page.reload();
    await this.#page.getByLabel("Token").waitFor({ state: "visible", timeout: 5_000 });
    await this.#screenshot("sign-in-light");
  }

  async #failedAsExpected(): Promise<void> {
    const others = this.#watched.networkErrors.filter(
      (text) =>
        !/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Authentication failed|40[13]/.test(
          text,
        ),
    );
    assert.deepEqual(others, []);
  }

  async #signIn(token: string): Promise<void> {
    await this.#page.getByLabel("Token").fill(token);
    await this.#page.getByRole("button", { name: "Sign in" }).click();
  }

  async #fault(pattern: RegExp): Promise<void> {
    const text = (): Promise<string> => this.#page.getByRole("alert").innerText();
    await eventually(async () => assert.match(await text(), pattern));
    assert.equal(await this.#page.locator("#live").isVisible(), false);
  }

  async #freshness(): Promise<string> {
    return (await readShown(this.#page)).freshness;
  }

  /** Passes once the page shows what `/v1/live` holds at that moment. */
  async #showsLive(window: WindowName): Promise<void> {
    await eventually(async () => {
      const live = await this.#api.get<ContentFrame>("/v1/live");
      const shown = await readShown(this.#page);
      const { ledger, coverage, score } = live;
      assert.deepEqual(
        shown.rows,
        live.series.map((view) => expectedRow(view, window)),
      );
      assert.equal(shown.status, live.status);
      assert.equal(shown.score, score === null ? "–" : `${score.toFixed(1)} of 10`);
      assert.equal(shown.tenant, live.tenant);
      assert.match(shown.coverage, new RegExp(`^${coverage.answered} of ${coverage.shards} shard`));
      const accepted = `${ledger.accepted.toLocaleString("en")} accepted`;
      assert.ok(shown.ledger.startsWith(ledger.isBalanced ? "balanced: " : "NOT"), shown.ledger);
      assert.ok(shown.ledger.includes(accepted), shown.ledger);
      assert.equal(ledger.merged, this.#sent);
    });
  }

  /** Sends timings spread around `medianMs`; every 25th is of `outcome`. */
  async #post(
    target: string,
    operation: string,
    count: number,
    medianMs: number,
    outcome = "ok",
  ): Promise<void> {
    const timings = Array.from({ length: count }, (_, index) => ({
      target,
      operation,
      durationMs: medianMs * (0.6 + 0.8 * (index / count) + (index % 50 === 0 ? 2.5 : 0)),
      outcome: index % 25 === 0 ? outcome : "ok",
    }));
    const { accepted } = await this.#api.postTimings({ timings });
    assert.equal(accepted, count);
    this.#sent += count;
  }

  #storedToken(): Promise<string | null> {
    return this.#page.evaluate(() => localStorage.getItem("tachograph.token"));
  }

  async #screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOT_DIR, { recursive: true });
    await this.#page.screenshot({ path: join(SCREENSHOT_DIR, `${name}.png`) });
  }
}
