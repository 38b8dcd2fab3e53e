import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { alertOf, hello, limitOf, seriesOf, snapshot } from "./fake-frames.ts";
import { FakedStream } from "./faked-stream.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const AXE_SOURCE = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

const OPTIONS: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
  // It would ask for the style sheets again.
  preload: false,
};

/** How a page is looked at: colours, size and language. */
const LOOKS = [
  { name: "light, desktop", colorScheme: "light", width: 1280, height: 900, language: "en" },
  { name: "dark, phone, pt-BR", colorScheme: "dark", width: 360, height: 740, language: "pt-BR" },
] as const;

export const accessibility: Theme = {
  name: "accessibility",
  checks: (stage) => new AccessibilityChecks(stage).all(),
};

class AccessibilityChecks {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      { title: "axe: signed out", run: () => this.#inAllLooks("signed out", {}) },
      {
        title: "axe: signed out, refused",
        run: () =>
          this.#inAllLooks("refused", {
            prepare: async (page) => {
              await page.locator("#token").fill("not a token");
              await page.locator("#sign-in button[type=submit]").click();
              await page.locator("#sign-in [role=alert]").waitFor({ timeout: 5_000 });
            },
          }),
      },
      {
        title: "axe: empty",
        run: () => this.#inAllLooks("empty", { token: TOKENS.read, frame: nothingYet() }),
      },
      {
        title: "axe: the full board",
        run: () => this.#inAllLooks("board", { token: TOKENS.admin }),
      },
      {
        title: "axe: the full board of a day, everything open",
        run: () =>
          this.#inAllLooks("open", {
            token: TOKENS.admin,
            path: "/?range=24h",
            prepare: (page) => openEverything(page),
          }),
      },
      { title: "axe: not live, alerts, faults", run: () => this.#notLive() },
      { title: "live regions speak of changes of state only", run: () => this.#speaksSeldom() },
    ];
  }

  async #notLive(): Promise<void> {
    const series = ["meta", "google", "d1", "cache"].map((target) => seriesOf(target, "*"));
    const alerts = (["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const).map((severity) =>
      alertOf(severity, { severity }),
    );
    const closed = { blockedUntil: Date.now() + 90_000, blockedReason: "429" };
    const content = {
      series,
      alerts,
      limits: [limitOf("meta"), { ...limitOf("google"), ...closed, available: 0 }],
      coverage: { shards: 3, answered: 2, missing: ["meta#1"] },
    };
    const faulty = snapshot(1, content);
    const frame = { ...faulty, ledger: { ...faulty.ledger, isBalanced: false } };
    await this.#inAllLooks("not live", {
      token: TOKENS.read,
      frame,
      prepare: async (page) => {
        await eventually(async () => assert.equal(await isLive(page), false));
      },
    });
  }

  async #speaksSeldom(): Promise<void> {
    const { page } = await this.#stage.open("spoken", { token: TOKENS.read });
    await eventually(async () => assert.equal(await isLive(page), true));
    const changes = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const heard: string[] = [];
          const watches = [
            ...document.querySelectorAll("[role=status], [role=alert], [aria-live]"),
          ].map((region) => {
            let before = region.textContent;
            const watch = new MutationObserver(() => {
              if (region.textContent !== before) heard.push(region.textContent);
              before = region.textContent;
            });
            watch.observe(region, { childList: true, subtree: true, characterData: true });
            return watch;
          });
          setTimeout(() => {
            for (const watch of watches) watch.disconnect();
            resolve(heard);
          }, 3_000);
        }),
    );
    assert.deepEqual(changes, []);
    await page.close();
  }

  async #inAllLooks(name: string, state: State): Promise<void> {
    await this.#stage.poster.board();
    const found: string[] = [];
    for (const look of LOOKS) {
      const page = await this.#open(`${name}, ${look.name}`, state, look.language);
      await page.setViewportSize({ width: look.width, height: look.height });
      await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: "reduce" });
      await state.prepare?.(page);
      found.push(...(await violationsOf(page)).map((violation) => `${look.name}: ${violation}`));
      await page.close();
    }
    assert.deepEqual(found, []);
  }

  async #open(name: string, state: State, language: string): Promise<Page> {
    const { token, frame, path = "/" } = state;
    const stream = new FakedStream();
    const address = new URL(path, this.#stage.system.url);
    address.searchParams.set("lang", language);
    const { page, expected } = await this.#stage.open(name, {
      ...(token !== undefined && { token }),
      path: `${address.pathname}${address.search}`,
      before: async (opened) => {
        if (frame !== undefined) await stream.take(opened);
      },
    });
    expected.push(/status of 40[04].*\/v1\//);
    if (frame !== undefined) (await stream.socket(0)).send(hello(0), { ...frame, at: Date.now() });
    // The card of health is the last to be made.
    await page.locator(token === undefined ? "#sign-in" : "#health").waitFor({ timeout: 10_000 });
    return page;
  }
}

/** What the server says of a tenant that has never sent anything. */
function nothingYet() {
  const frame = snapshot(1);
  const ledger = { ...frame.ledger, offered: 0, accepted: 0, merged: 0 };
  return { ...frame, ledger, score: null, status: "UNKNOWN" as const };
}

interface State {
  readonly token?: string;
  readonly path?: string;
  /** Told instead of what the server says. */
  readonly frame?: ReturnType<typeof snapshot>;
  /** What is done before it is looked at. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Opens every `details`, every form and every table behind a button. */
export async function openEverything(page: Page): Promise<void> {
  await page.locator("#health").waitFor({ timeout: 5_000 });
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  const closed = page.locator('#live button[aria-expanded="false"]');
  // What is opened may have more to open.
  for (let round = 0; round < 40 && (await closed.count()) > 0; round += 1) {
    await closed.first().click();
  }
}

/** What axe-core finds, a line each. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE_SOURCE);
  const violations = await page.evaluate(async (options) => {
    const axe: unknown = Reflect.get(window, "axe");
    const run: unknown = typeof axe === "object" && axe !== null ? Reflect.get(axe, "run") : axe;
    if (typeof run !== "function") throw new Error("axe-core is not there");
    const results: AxeResults = await run.call(axe, document, options);
    return results.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(
        ({ target, failureSummary = "" }) => `${target.join(" ")}: ${failureSummary}`,
      ),
    }));
  }, OPTIONS);
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.slice(0, 4).join("; ")})`,
  );
}
