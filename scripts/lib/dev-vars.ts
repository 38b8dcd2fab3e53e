import { constants, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { parseTokens } from "../../src/api/tokens.ts";
import { StartError } from "./start-error.ts";

/**
 * Copies `.dev.vars.example` to `.dev.vars` in `rootDir` unless that exists already.
 *
 * @returns whether it was created.
 */
export function ensureDevVars(rootDir: string): boolean {
  const devVars = join(rootDir, ".dev.vars");
  const example = join(rootDir, ".dev.vars.example");
  if (existsSync(devVars)) return false;
  if (!existsSync(example)) {
    throw new StartError(`${example} is missing: restore it, or write ${devVars} yourself`);
  }
  try {
    // Exclusive, so that a file that appears in this moment is not overwritten.
    copyFileSync(example, devVars, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** What `.dev.vars` in `rootDir` sets. */
export function readDevVars(rootDir: string): Readonly<Record<string, string | undefined>> {
  return parseEnv(readFileSync(join(rootDir, ".dev.vars"), "utf8"));
}

/**
 * What is wrong with `TOKENS` in `.dev.vars`, in one line, or undefined. Without it every request
 * but `/health` is answered 503.
 */
export function tokensFault(rootDir: string): string | undefined {
  const { TOKENS } = readDevVars(rootDir);
  const advice =
    "mend it, or delete .dev.vars to get the one of .dev.vars.example at the next start";
  if (TOKENS === undefined)
    return `.dev.vars has no TOKENS, so every request will be answered 503: ${advice}`;
  const parsed = parseTokens(TOKENS);
  if (parsed.ok) return undefined;
  const faults = parsed.faults.join("; ");
  return `TOKENS in .dev.vars cannot be used, so every request will be answered 503: ${faults}; ${advice}`;
}
