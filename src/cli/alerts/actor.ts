import { userInfo } from "node:os";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";

/**
 * Who does something that others are shown: as given, or else the name of this machine's user.
 * @throws CliError where neither is known.
 */
export function actor(by: string | undefined): string {
  const name = by ?? userName();
  if (name !== undefined && name.trim() !== "") return name;
  throw new CliError("Nobody knows who does this: say so with --by NAME.", {
    exitCode: EXIT.usage,
  });
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch (cause) {
    // A container's user may have a number and no name.
    if (cause instanceof Error && "code" in cause) return undefined;
    throw cause;
  }
}
