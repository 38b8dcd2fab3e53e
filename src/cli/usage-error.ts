import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-code.ts";

/** A command line that is wrong in a way that commander cannot know. @param hint what to do. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage, hint });
}
