import type { CliError } from "../cli-error.ts";
import { formatDuration } from "./format.ts";
import type { Printer } from "./printer.ts";

/** Says on stderr that something failed and is tried again, so that nobody wonders what is waited for. */
export function noteWait(printer: Printer): (error: CliError, waitMs: number) => void {
  return ({ message }, waitMs) => {
    printer.note(`${message}; trying again in ${formatDuration(waitMs)}`);
  };
}
