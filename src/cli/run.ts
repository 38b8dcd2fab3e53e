import { CommanderError } from "commander";
import type { GivenOptions } from "./args/global-options.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo, OutStream } from "./cli-io.ts";
import { EXIT } from "./exit-code.ts";
import { buildProgram } from "./program.ts";
import { type CliSession, openSession, type Perform, printerFor } from "./session.ts";
import { Stop } from "./stop.ts";

/**
 * Runs one command line and says on stderr what went wrong.
 * @param args without the program's own name.
 * @returns the exit code, one of {@link EXIT}; it never throws.
 */
export async function run(args: readonly string[], io: CliIo): Promise<number> {
  let exitCode: number = EXIT.ok;
  const perform: Perform = async (work, otherwise) => {
    const given = program.opts<GivenOptions>();
    const opened = tryOpen(io, given);
    if (!(opened instanceof CliError)) exitCode = await work(opened);
    else if (otherwise === undefined) throw opened;
    else exitCode = await otherwise(opened, { io, printer: printerFor(io, given) });
  };
  const program = buildProgram(io, perform, args);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (cause) {
    // It has been said by commander, as a help page is.
    if (!(cause instanceof CommanderError)) return explain(cause, io, program.opts<GivenOptions>());
    exitCode = cause.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  await written(io.stdout, io.signal);
  const { reason } = io.signal;
  // What was not written is not done, whatever the command thinks of it.
  return reason instanceof CliError ? explain(reason, io, program.opts<GivenOptions>()) : exitCode;
}

function tryOpen(io: CliIo, given: GivenOptions): CliSession | CliError {
  try {
    return openSession(io, given);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

/** Waits until a stream has taken all that it was given, or failed to. */
function written(stream: OutStream, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    stream.write("", () => resolve());
  });
}

function explain(thrown: unknown, io: CliIo, given: GivenOptions): number {
  // Whatever a command that was stopped stumbled over is none of its user's business.
  const cause = io.signal.aborted ? io.signal.reason : thrown;
  if (cause instanceof Stop) return cause.exitCode;
  const printer = printerFor(io, given);
  if (cause instanceof CliError) {
    const { message, faults, hint, exitCode } = cause;
    printer.error(`tachograph: ${message}`, hint === undefined ? faults : [...faults, hint]);
    return exitCode;
  }
  const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  printer.error("tachograph: this is a defect of the program:", what.split("\n"));
  return EXIT.defect;
}
