import type { BrowserContext, ConsoleMessage, Page } from "playwright-core";

/** A page, and everything that it did wrong. */
export interface WatchedPage {
  readonly page: Page;
  /** What it is for, to tell whose fault a fault is. */
  readonly name: string;
  /** Console errors and warnings, uncaught errors, CSP violations, requests elsewhere. */
  readonly faults: string[];
  /** Which of them have to be, as a server that is killed makes them: a check adds its own. */
  readonly expected: RegExp[];
}

/** Opens a page and watches it from its first moment. Nothing but `origin` may be asked. */
export async function openWatched(
  context: BrowserContext,
  origin: string,
  name: string,
): Promise<WatchedPage> {
  const page = await context.newPage();
  const faults: string[] = [];
  const watched = { page, name, faults, expected: [] };
  page.on("console", (message) => note(watched, message));
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("request", (request) => noteForeign(watched, origin, request.url()));
  page.on("websocket", (socket) => noteForeign(watched, origin, socket.url()));
  await page.exposeFunction("noteViolation", (what: string) => faults.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      const report: unknown = Reflect.get(window, "noteViolation");
      if (typeof report === "function") report(`CSP: ${violatedDirective} ${blockedURI}`);
    });
  });
  return watched;
}

/** Everything that a page should not have done, in words; empty if all is well. */
export function faultsOf({ name, faults, expected }: WatchedPage): string[] {
  const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
  return unexpected.map((fault) => `${name}: ${fault}`);
}

function note({ faults }: WatchedPage, message: ConsoleMessage): void {
  const type = message.type();
  if (type !== "error" && type !== "warning") return;
  faults.push(`console.${type}: ${message.text()} (${message.location().url})`);
}

function noteForeign({ faults }: WatchedPage, origin: string, url: string): void {
  const { host, protocol } = new URL(url);
  // `data:` and `blob:` go nowhere.
  const isRequest = /^(http|ws)s?:$/.test(protocol);
  if (isRequest && host !== new URL(origin).host) faults.push(`asked another origin: ${url}`);
}
