import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";

const ROOT_DIR = dirname(dirname(import.meta.dirname));
/** The runtime that wrangler brings along. */
export const WORKERD = join(ROOT_DIR, "node_modules", "workerd", "bin", "workerd");

type WorkerdVersion = { readonly version: string } | { readonly missing: string };

let known: WorkerdVersion | undefined;

/** The runtime that is installed, or why there is none that runs here. It is asked once. */
export function workerdVersion(): WorkerdVersion {
  known ??= askVersion();
  return known;
}

function askVersion(): WorkerdVersion {
  try {
    // Piped, so that what it says on stderr is told once, with the reason.
    const said = execFileSync(WORKERD, ["--version"], { encoding: "utf8", stdio: "pipe" });
    return { version: said.trim() };
  } catch (cause) {
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    return { missing: `no workerd that runs here, run npm ci (${why ?? ""})` };
  }
}
