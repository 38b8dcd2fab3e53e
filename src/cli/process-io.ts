import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { EXIT } from "./exit-code.ts";
import { pause } from "./pause.ts";
import { Stop } from "./stop.ts";

/** This process as the program's surroundings. To be called once. */
export function processIo(): CliIo {
  const stop = new AbortController();
  stopOn("SIGINT", EXIT.interrupted, stop);
  stopOn("SIGTERM", EXIT.terminated, stop);
  // Where there is no terminal, as below nohup, nobody hangs up.
  if (process.stdin.isTTY) stopOn("SIGHUP", EXIT.hungUp, stop);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `… | head -1` has read what it wanted, which is no failure.
    stop.abort(isUnread(error) ? new Stop(EXIT.ok) : lost("stdout", error));
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    // What nobody wants to be told of goes on all the same.
    if (!isUnread(error)) stop.abort(lost("stderr", error));
  });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    nowMs: () => Date.now(),
    pause,
    signal: stop.signal,
  };
}

/** Ends the program in its own way on a signal. Whoever sends a second one means it. */
function stopOn(signal: NodeJS.Signals, exitCode: number, stop: AbortController): void {
  process.once(signal, () => {
    stop.abort(new Stop(exitCode));
    process.once(signal, () => {
      // A command that is waited for heeds it.
      if (process.listenerCount(signal) > 0) return;
      restoreTerminal();
      process.exit(exitCode);
    });
  });
}

/** Gives back what bars and tables take away: keys, the screen before, the cursor, wrapped lines. */
function restoreTerminal(): void {
  const { stdin, stdout, stderr } = process;
  if (stdin.isRaw) {
    stdin.setRawMode(false);
    stdout.write("\u001b[?1049l");
  }
  if (stderr.isTTY) stderr.write("\u001b[?25h\u001b[?7h");
}

/** Whether a stream failed because whoever read it is gone. */
function isUnread({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE";
}

function lost(name: "stdout" | "stderr", cause: Error): CliError {
  return new CliError(`${name} cannot be written: ${cause.message}`, {
    exitCode: EXIT.cannotWrite,
    cause,
  });
}
