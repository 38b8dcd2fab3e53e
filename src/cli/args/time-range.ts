import { type Command, Option } from "commander";
import type { TimeRange } from "../../merge/history.ts";
import type { CliIo } from "../cli-io.ts";
import { usageError } from "../usage-error.ts";
import { parseDuration } from "./parse-duration.ts";
import { parseTime } from "./parse-time.ts";

/** The options of {@link addTimeRange}, as they were read. */
export interface TimeRangeOptions {
  /** Epoch milliseconds. */
  readonly from?: number;
  /** Epoch milliseconds. */
  readonly to?: number;
  /** Milliseconds. */
  readonly last?: number;
}

/** Adds `--from`, `--to` and `--last` to a command. @param byDefault what `--last` is, as `24h`. */
export function addTimeRange(command: Command, io: CliIo, byDefault: string): Command {
  const time = (text: string): number => parseTime(text, io.nowMs());
  return command
    .addOption(new Option("--from <time>", "where it begins").argParser(time))
    .addOption(new Option("--to <time>", "where it ends (default: now)").argParser(time))
    .addOption(
      new Option(
        "--last <duration>",
        `how long before its end it begins (default: ${byDefault})`,
      ).argParser(parseDuration),
    );
}

/**
 * The range that a command is about, not empty: from `--from` to `--to`, or the last while before `--to`.
 * @param nowMs where it ends if nothing else is said, epoch milliseconds.
 * @param byDefault how long it is then, as `24h`.
 * @throws CliError for a wrong command line.
 */
export function timeRangeOf(given: TimeRangeOptions, nowMs: number, byDefault: string): TimeRange {
  const { from, to = nowMs, last } = given;
  if (from !== undefined && last !== undefined) {
    throw usageError("--from and --last both say where the range begins: give one of them");
  }
  const begin = from ?? Math.max(0, to - (last ?? parseDuration(byDefault)));
  if (begin < to) return { from: begin, to };
  const [first, end] = [begin, to].map((at) => new Date(at).toISOString());
  throw usageError(`the range must begin before it ends: it is from ${first} to ${end}`);
}
