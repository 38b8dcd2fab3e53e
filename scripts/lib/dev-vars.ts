import { constants, copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
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
