import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const schema = v.object({
  tachograph: v.string(),
  trackingWorker: v.nullable(v.string()),
  receiver: v.nullable(v.string()),
});

/** Where the parts of a run answer, as `http://127.0.0.1:PORT`. */
export interface LocalAddresses {
  readonly tachograph: string;
  /** The example, with the platforms behind it; null when Tachograph runs alone. */
  readonly trackingWorker: string | null;
  /** The receiver of alerts; null when they go elsewhere. */
  readonly receiver: string | null;
}

/** Tells others on this machine where the run of `runDir` answers. */
export function writeAddresses(runDir: string, addresses: LocalAddresses): void {
  const path = pathIn(runDir);
  writeFileSync(`${path}.new`, `${JSON.stringify(addresses, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The addresses of the run of `runDir`; undefined if there is none. A killed run leaves them behind. */
export function readAddresses(runDir: string): LocalAddresses | undefined {
  const path = pathIn(runDir);
  if (!existsSync(path)) return undefined;
  const parsed = v.safeParse(schema, parseOrUndefined(readFileSync(path, "utf8")));
  return parsed.success ? parsed.output : undefined;
}

export function removeAddresses(runDir: string): void {
  rmSync(pathIn(runDir), { force: true });
}

function pathIn(runDir: string): string {
  return join(runDir, "addresses.json");
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Written whole and renamed, so only a foreign hand can have broken it: as good as none.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
