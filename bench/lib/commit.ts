import { execFileSync } from "node:child_process";
import { dirname } from "node:path";

const ROOT_DIR = dirname(dirname(import.meta.dirname));

/** The commit that is checked out, with `+` if files of the project differ from it. */
export function checkedOutCommit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: ROOT_DIR, encoding: "utf8" }).trim();
  try {
    const isChanged =
      git("status", "--porcelain", "--", ".", ":!bench/RESULTS.md", ":!bench/results.json") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${isChanged ? "+" : ""}`;
  } catch (cause) {
    process.stderr.write(`no commit is known: ${String(cause)}\n`);
    return "unknown";
  }
}
