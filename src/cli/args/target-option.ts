import { type Command, Option } from "commander";
import { namesUpTo } from "./parse-name.ts";

/** As many as the server takes. */
const MAX_TARGETS = 64;

/** Adds `--targets meta,google` to a command. @param what what they are, for its help page. */
export function addTargets(command: Command, what: string): Command {
  return command.addOption(
    new Option("--targets <names>", `${what}; separated by commas, or repeated`).argParser(
      namesUpTo(MAX_TARGETS),
    ),
  );
}
