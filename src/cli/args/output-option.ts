import { InvalidArgumentError, Option } from "commander";

/** `--output FILE`. */
export function outputOption(): Option {
  return new Option("--output <file>", "where to write it (default: stdout)").argParser((path) => {
    if (path !== "") return path;
    throw new InvalidArgumentError("It must be the path of a file.");
  });
}
