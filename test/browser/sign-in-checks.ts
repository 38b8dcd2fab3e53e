import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { FakedStream } from "./faked-stream.ts";
import { hello, seriesOf, snapshot, tick } from "./fake-frames.ts";
import { isLive } from "./shown.ts";
import { type Stage, storedToken, type Theme } from "./stage.ts";
import { EXPIRED_TOKEN } from "./suite-tokens.ts";
import type { WatchedPage } from "./watched-page.ts";

export const signIn: Theme = { name: "sign-in", checks: (stage) => new SignInChecks(stage).all() };

/** Who may in, and what is said to who may not. The first of them are on a system without data. */
class SignInChecks {
  readonly #stage: Stage;
  #watched: WatchedPage | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      { title: "a token that cannot be one says so", run: () => this.#refusesMalformed() },
      { title: "a wrong token says so", run: () => this.#refuses("wrong", /not known/) },
      {
        title: "an expired token says so",
        run: () => this.#refuses(EXPIRED_TOKEN, /has expired at 2020-01-01/),
      },
      {
        title: "a token without the scope says so",
        run: () => this.#refuses(TOKENS.ingest, /scope read/),
      },
      { title: "a server that cannot be reached is called so", run: () => this.#isUnreachable() },
      { title: "a token that expires while it is used", run: () => this.#expiresInUse() },
      { title: "without data it tells a newcomer what to do", run: () => this.#showsNewcomer() },
      { title: "another tenant sees nothing of this one", run: () => this.#isolatesTenants() },
      { title: "the token is kept in this browser only", run: () => this.#keepsToken() },
      { title: "signing out forgets it", run: () => this.#signsOut() },
    ];
  }

  async #refusesMalformed(): Promise<void> {
    this.#watched = await this.#stage.open("sign-in");
    this.#watched.expected.push(/status of 40[13]/, /WebSocket connection to .* failed/);
    for (const token of ["not a token", "<script>", "é", "x".repeat(257)]) {
      await submit(this.#page, token);
      await this.#fault(/letters|digits|characters/i);
    }
    await submit(this.#page, "");
    assert.equal(await this.#page.locator("#live").count(), 0);
    await this.#stage.screenshot(this.#page, "sign-in-light");
  }

  async #refuses(token: string, words: RegExp): Promise<void> {
    this.#watched ??= await this.#stage.open("sign-in");
    await submit(this.#page, token);
    await this.#fault(words);
    assert.equal(await storedToken(this.#page), null);
  }

  /** Requests are cut off before they leave the browser, as without a network. */
  async #isUnreachable(): Promise<void> {
    const { context } = this.#stage.chromium;
    const watched = await this.#stage.open("sign-in, unreachable");
    watched.expected.push(/ERR_INTERNET_DISCONNECTED/);
    await context.setOffline(true);
    try {
      await submit(watched.page, TOKENS.read);
      const waiting = watched.page.locator("#waiting");
      await eventually(async () => assert.match(await waiting.innerText(), /offline|not answer/));
      assert.equal(await watched.page.locator("#live").count(), 0);
    } finally {
      await context.setOffline(false);
    }
    // It goes on trying, and is there by itself.
    await eventually(async () => assert.equal(await isLive(watched.page), true), 15_000);
    assert.equal(await storedToken(watched.page), TOKENS.read);
    await watched.page.close();
  }

  /** The first connection is let in; the server itself refuses the second. */
  async #expiresInUse(): Promise<void> {
    const stream = new FakedStream({ passesAfter: 1 });
    const watched = await this.#stage.open("expires in use", {
      token: EXPIRED_TOKEN,
      before: (page) => stream.take(page),
    });
    watched.expected.push(/status of 401/, /WebSocket connection/);
    const socket = await stream.socket(0);
    socket.send(hello(0), snapshot(1, { series: [seriesOf("meta", "*")] }), tick(2));
    await eventually(async () => assert.equal(await isLive(watched.page), true));
    socket.send({ type: "error", reason: "the token has expired" });
    await socket.close(1008);
    await faultOf(watched.page, /has expired at 2020-01-01/);
    assert.equal(await storedToken(watched.page), null);
    await watched.page.close();
  }

  async #showsNewcomer(): Promise<void> {
    this.#watched ??= await this.#stage.open("sign-in");
    await submit(this.#page, TOKENS.read);
    const newcomer = this.#page.locator("#newcomer");
    await newcomer.waitFor({ state: "visible", timeout: 10_000 });
    const text = (await newcomer.textContent()) ?? "";
    assert.match(text, /import \{ tachograph \} from "tachograph\/client";/);
    assert.match(text, /props = \{ tenant = "default" \}/);
    assert.equal(await this.#page.locator("#status").textContent(), "UNKNOWN");
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    await this.#stage.screenshot(this.#page, "empty-light");
  }

  async #isolatesTenants(): Promise<void> {
    await this.#stage.poster.board();
    const watched = await this.#stage.open("other tenant", { token: TOKENS.other });
    await watched.page.locator("#newcomer").waitFor({ state: "visible", timeout: 10_000 });
    const text = await watched.page.locator("body").innerText();
    assert.match(text, /\bother\b/);
    assert.doesNotMatch(text, /audiences|leads-by-day/);
    await watched.page.close();
  }

  async #keepsToken(): Promise<void> {
    const watched = await this.#stage.open("kept", { token: TOKENS.read });
    this.#watched = watched;
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    await this.#page.reload();
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    assert.equal(await storedToken(this.#page), TOKENS.read);
    assert.deepEqual(await this.#stage.chromium.context.cookies(), []);
    assert.ok(!this.#page.url().includes(TOKENS.read), this.#page.url());
    const elsewhere = await this.#page.evaluate(() => [
      ...Object.values(sessionStorage),
      document.cookie,
      document.documentElement.outerHTML,
    ]);
    assert.ok(!elsewhere.join("\n").includes(TOKENS.read));
  }

  async #signsOut(): Promise<void> {
    await this.#page.locator("#sign-out").click();
    await this.#page.locator("#sign-in").waitFor({ state: "visible", timeout: 5_000 });
    assert.equal(await storedToken(this.#page), null);
    assert.doesNotMatch(await this.#page.locator("body").innerText(), /audiences/);
    await this.#page.reload();
    await this.#page.locator("#sign-in").waitFor({ state: "visible", timeout: 5_000 });
  }

  get #page(): Page {
    assert.ok(this.#watched, "no page is open");
    return this.#watched.page;
  }

  async #fault(words: RegExp): Promise<void> {
    await faultOf(this.#page, words);
  }
}

async function submit(page: Page, token: string): Promise<void> {
  await page.locator("#token").fill(token);
  await page.locator("#sign-in button[type=submit]").click();
}

async function faultOf(page: Page, words: RegExp): Promise<void> {
  await eventually(async () => {
    const texts = await page.locator("#sign-in [role=alert]").allInnerTexts();
    assert.match(texts.join("\n"), words);
  });
  assert.equal(await page.locator("#live").count(), 0);
}
