import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { ConfigError, parseConfig } from "../../src/config.ts";
import { StartError } from "./start-error.ts";

/**
 * Checks `tachograph.config.ts` in `rootDir` before anything is started: of a Worker that throws
 * when it is loaded, one sees a stack trace of wrangler's.
 *
 * @throws StartError with nothing but what is wrong.
 */
export async function checkConfig(rootDir: string): Promise<void> {
  const file = join(rootDir, "tachograph.config.ts");
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    parseConfig(module.default);
  } catch (error) {
    if (error instanceof ConfigError) throw new StartError(error.message);
    throw new StartError(`tachograph.config.ts cannot be loaded: ${String(error)}`);
  }
}
