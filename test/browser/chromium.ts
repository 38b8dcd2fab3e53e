import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Chromium with a profile of its own, which is deleted when it ends. */
export interface Chromium {
  readonly context: BrowserContext;
  readonly version: string;
  close(): Promise<void>;
}

/**
 * Starts the Chromium of this machine, headless.
 *
 * @throws Error if there is none: it says how to get it.
 */
export async function startChromium(): Promise<Chromium> {
  const executablePath = process.env.CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      `no Chromium at ${CANDIDATES.join(", ")}: apt-get install chromium, or set CHROMIUM to its path`,
    );
  }
  const profile = mkdtempSync(join(tmpdir(), "tachograph-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: FLAGS,
    headless: true,
    timeout: 60_000,
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
  });
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { context, version: context.browser()?.version() ?? "of unknown version", close };
}
