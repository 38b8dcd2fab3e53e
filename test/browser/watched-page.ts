import type { BrowserContext, ConsoleMessage, Page } from "playwright-core";

/** What a browser itself writes when a request fails, whatever the page does about it. */
const NETWORK_NOISE = /^(Failed to load resource: |WebSocket connection to .* failed: )/;

/** A page, and everything that it did wrong. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught errors, CSP violations, requests elsewhere; not failed requests. */
  readonly faults: string[];
  /** Requests that failed or were refused, in the browser's words. */
  readonly networkErrors: string[];
}

/** Opens a page and watches it from its first moment. Nothing but `origin` may be asked. */
export async function openWatched(context: BrowserContext, origin: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const watched: WatchedPage = { page, faults: [], networkErrors: [] };
  page.on("console", (message) => note(watched, message));
  page.on("pageerror", (error) => watched.faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => noteForeign(watched, origin, request.url()));
  page.on("websocket", (socket) => noteForeign(watched, origin, socket.url()));
  await page.exposeFunction("noteViolation", (what: string) => watched.faults.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      const report: unknown = Reflect.get(window, "noteViolation");
      if (typeof report === "function") report(`CSP: ${violatedDirective} ${blockedURI}`);
    });
  });
  return watched;
}

function note({ faults, networkErrors }: WatchedPage, message: ConsoleMessage): void {
  const text = message.text();
  if (message.type() === "error") {
    (NETWORK_NOISE.test(text) ? networkErrors : faults).push(text);
  } else if (message.type() === "warning") {
    faults.push(`warning: ${text}`);
  }
}

function noteForeign({ faults }: WatchedPage, origin: string, url: string): void {
  if (new URL(url).host !== new URL(origin).host) faults.push(`asked another origin: ${url}`);
}
