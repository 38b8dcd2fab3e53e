import { ApiClient } from "./api/api-client.ts";
import { ServerClock } from "./api/server-clock.ts";
import { type GivenOptions, type GlobalOptions, globalOptions } from "./args/global-options.ts";
import type { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { Printer } from "./output/printer.ts";

/** What a command works with. */
export interface CliSession {
  readonly io: CliIo;
  readonly options: GlobalOptions;
  readonly api: ApiClient;
  readonly printer: Printer;
  readonly clock: ServerClock;
}

/** What there is of a session whose options cannot be used. */
export type SessionBasis = Pick<CliSession, "io" | "printer">;

/**
 * What the action of a command calls: gives `work` a session made of the global options, and ends
 * the program with the code that it returns. Where these options cannot be used it is `otherwise`
 * that is called, if there is one, with what is wrong with them.
 */
export type Perform = (
  work: (session: CliSession) => Promise<number>,
  otherwise?: (error: CliError, basis: SessionBasis) => Promise<number>,
) => Promise<void>;

/** @throws CliError for options that cannot be used. */
export function openSession(io: CliIo, given: GivenOptions): CliSession {
  const options = globalOptions(given, io.env);
  const printer = printerFor(io, given);
  if (options.tokenSource === "development") {
    printer.detail(`no token was given: trying ${options.token ?? ""}, the development token`);
  }
  const clock = new ServerClock(io.nowMs, (text) => printer.warn(text));
  const api = new ApiClient({ ...options, signal: io.signal, clock });
  return { io, options, api, printer, clock };
}

/** Who says what goes wrong before there is a session, too. */
export function printerFor(io: CliIo, given: GivenOptions): Printer {
  return new Printer(io, {
    isColourOption: given.color ?? true,
    isVerbose: given.verbose ?? false,
  });
}
