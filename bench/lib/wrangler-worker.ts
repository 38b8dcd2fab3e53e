import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Miniflare, V4WorkerOptions } from "miniflare";
import {
  unstable_getMiniflareWorkerOptions,
  unstable_readConfig,
  unstable_splitSqlQuery,
} from "wrangler";
import { bundleWorker } from "./bundle.ts";

const ROOT_DIR = dirname(dirname(import.meta.dirname));

/** How a Worker of this project is run for a measurement. */
export interface WranglerWorker {
  readonly name: string;
  /** Its `wrangler.toml`, from the project's directory. */
  readonly configFile: string;
  /** Instead of its main file, from the project's directory. */
  readonly entry?: string;
  /** Instead of `tachograph.config.ts`: an absolute path. */
  readonly tachographConfig?: string;
}

/** What `wrangler dev` would make of a `wrangler.toml`, bundled into a directory. */
export async function wranglerWorker(
  runDir: string,
  { name, configFile, entry, tachographConfig }: WranglerWorker,
): Promise<V4WorkerOptions> {
  const config = unstable_readConfig({ config: join(ROOT_DIR, configFile) });
  // Secrets are read from files beside the configuration: none of whoever develops here.
  const { main, workerOptions } = unstable_getMiniflareWorkerOptions({
    ...config,
    userConfigPath: join(runDir, "wrangler.toml"),
  });
  const file = entry === undefined ? main : join(ROOT_DIR, entry);
  if (file === undefined) throw new Error(`${configFile} names no main file`);
  const scriptPath = join(runDir, `${name}.js`);
  await bundleWorker(file, scriptPath, tachographConfig);
  // The page is no part of what is measured.
  const { assets: _, ...options } = workerOptions;
  return {
    ...options,
    name,
    rootPath: runDir,
    modules: [{ type: "ESModule", path: scriptPath }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** Applies the project's migrations to the database that a Worker has bound as `DB`. */
export async function migrateDatabase(miniflare: Miniflare, worker: string): Promise<void> {
  const database = await miniflare.getD1Database("DB", worker);
  const directory = join(ROOT_DIR, "migrations");
  for (const file of readdirSync(directory).toSorted()) {
    const statements = unstable_splitSqlQuery(readFileSync(join(directory, file), "utf8"));
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
