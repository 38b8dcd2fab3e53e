import { dirname, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../lib/bundle.ts";
import { onEnd } from "../lib/cleanup.ts";
import { MINIFLARE_LOGS } from "../lib/miniflare-logs.ts";
import { makeRunDirectory } from "../lib/run-directory.ts";

/** A Worker with a D1 database and a KV namespace of its own, in workerd. */
export interface PillarsSystem {
  /** Runs one measurement of `bench/workers/pillars.ts` and answers with its figures. */
  measure(path: string): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Plain workerd has neither D1 nor KV: Miniflare brings both, with real SQLite behind them. */
export async function startPillars(): Promise<PillarsSystem> {
  const { path: runDir, remove: removeRun } = makeRunDirectory("pillars");
  const scriptPath = join(runDir, "pillars.js");
  await bundleWorker(join(dirname(import.meta.dirname), "workers", "pillars.ts"), scriptPath);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      ...MINIFLARE_LOGS,
      resourcePersistencePath: join(runDir, "state"),
      workers: [
        {
          name: "pillars",
          rootPath: runDir,
          modules: [{ type: "ESModule", path: scriptPath }],
          compatibilityDate: "2026-11-02",
          compatibilityFlags: ["nodejs_compat"],
          d1Databases: { DB: "bench" },
          kvNamespaces: { CACHE: "bench" },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= miniflare.dispose().finally(removeRun));
  onEnd(stop);
  const database = await miniflare.getD1Database("DB", "pillars");
  await database.exec("CREATE TABLE bench (id INTEGER PRIMARY KEY)");
  const { origin } = await miniflare.unsafeGetDirectURL("pillars");
  const measure = async (path: string): Promise<Readonly<Record<string, number>>> => {
    const response = await fetch(`${origin}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}, ${await response.text()}`);
    return response.json<Record<string, number>>();
  };
  return { measure, stop };
}
