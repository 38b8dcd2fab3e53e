import { spawn } from "node:child_process";
import { constants } from "node:os";

/** How a command ended. */
export type CommandEnd =
  | { readonly kind: "exited"; readonly exitCode: number; readonly durationMs: number }
  | { readonly kind: "killed"; readonly exitCode: number; readonly durationMs: number }
  /** It could not be started; 127 as of a shell if there is no such command, else 126. */
  | { readonly kind: "not-started"; readonly exitCode: number; readonly detail: string };

/** Signals that are the command's to heed. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Runs a command with this process's input and output, and measures it. Signals are passed on to it,
 * and this process waits until it ended; what a terminal sends reaches both without that.
 * @param isTerminal - whether a terminal is there, whose Ctrl-C the command gets by itself.
 */
export async function runCommand(
  [file = "", ...args]: readonly string[],
  isTerminal: boolean,
): Promise<CommandEnd> {
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals): void => {
    if (!(isTerminal && (signal === "SIGINT" || signal === "SIGQUIT"))) child.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise<CommandEnd>((resolve) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        const exitCode = error.code === "ENOENT" ? 127 : 126;
        resolve({ kind: "not-started", exitCode, detail: error.message });
      });
      child.once("exit", (code, signal) => {
        const durationMs = performance.now() - startedMs;
        if (code !== null) resolve({ kind: "exited", exitCode: code, durationMs });
        else resolve({ kind: "killed", exitCode: 128 + numberOf(signal), durationMs });
      });
    });
  } finally {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}

function numberOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
