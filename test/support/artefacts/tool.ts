import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The first program of these that is installed. If none is, a line says what is skipped for it.
 * @param from where there is one
 */
export function installed(programs: readonly string[], from: string): string | undefined {
  const found = programs.find(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined,
  );
  if (found === undefined)
    console.warn(`skipped: what ${programs.join(" or ")} would say: not installed (${from})`);
  return found;
}

/** What a program says, on both of its streams, and whether it is content. */
export function ask(
  program: string,
  parameters: readonly string[],
  cwd?: string,
): { readonly isContent: boolean; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: "utf8", cwd });
  return { isContent: status === 0, said: `${stdout}${stderr}` };
}

/** Runs something in a directory that is gone afterwards. */
export function inTemporary<Result>(run: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), "artefacts-"));
  try {
    return run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
