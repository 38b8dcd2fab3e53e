import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Api, TOKENS } from "../e2e/api.ts";
import type { System } from "../e2e/system.ts";
import type { Check } from "./checks.ts";
import type { Chromium } from "./chromium.ts";
import { Poster } from "./poster.ts";
import { openWatched, type WatchedPage } from "./watched-page.ts";

const SCREENSHOT_DIR = join(import.meta.dirname, "screenshots");
const TOKEN_KEY = "tachograph.token";

/** Checks that belong together, and can be run by themselves. */
export interface Theme {
  readonly name: string;
  readonly checks: (stage: Stage) => readonly Check[];
}

/** How a page is opened. */
export interface OpenOptions {
  /** What is kept in the browser when the page is loaded; nobody is signed in without it. */
  readonly token?: string;
  /** What follows the origin. Default: `/`. */
  readonly path?: string;
  /** Done before it is loaded. */
  readonly before?: (page: Page) => Promise<void>;
}

/** What all themes share: the running system, the browser, and every page that was opened. */
export class Stage {
  readonly system: System;
  readonly chromium: Chromium;
  readonly api: Api;
  readonly poster: Poster;
  readonly #pages: WatchedPage[] = [];

  constructor(system: System, chromium: Chromium) {
    this.system = system;
    this.chromium = chromium;
    this.api = new Api(system.url, TOKENS.admin);
    this.poster = new Poster(this.api);
  }

  /** Every page so far, open or closed. */
  get pages(): readonly WatchedPage[] {
    return this.#pages;
  }

  /** Opens the page, watched; what the browser kept of another one is forgotten first. */
  async open(name: string, options: OpenOptions = {}): Promise<WatchedPage> {
    const { token, path = "/", before } = options;
    const watched = await openWatched(this.chromium.context, this.system.url, name);
    this.#pages.push(watched);
    const { page } = watched;
    await before?.(page);
    // An empty page of the origin, where what it keeps can be set before the page itself is loaded.
    const blank = `${this.system.url}/blank`;
    const body = '<!doctype html><link rel="icon" href="data:,"><title>blank</title>';
    await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body }));
    await page.goto(blank);
    await page.unroute(blank);
    await page.evaluate(
      ([key, kept]) => {
        // A token that goes away signs out the other pages, too.
        const others = Object.keys(localStorage).filter((one) => one !== key);
        for (const one of others) localStorage.removeItem(one);
        if (kept === undefined) localStorage.removeItem(key);
        else localStorage.setItem(key, kept);
      },
      [TOKEN_KEY, token] as const,
    );
    await page.goto(`${this.system.url}${path}`);
    return watched;
  }

  /** Writes a picture of the page as it is for a person to look at. */
  async screenshot(page: Page, name: string, isWhole = false): Promise<void> {
    mkdirSync(SCREENSHOT_DIR, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOT_DIR, `${name}.png`), fullPage: isWhole });
  }
}

/** The token that the browser keeps, or null. */
export function storedToken(page: Page): Promise<string | null> {
  return page.evaluate((key) => localStorage.getItem(key), TOKEN_KEY);
}
