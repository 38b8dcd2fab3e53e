const SHELL_POLL_MS = 200;

/** Aborts on the first signal. Ending is bounded in time, so a second one changes nothing. */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort());
  }
  // Whoever read our output is gone, and so is the reason to run.
  process.stdout.on("error", () => controller.abort());
  process.stderr.on("error", () => controller.abort());
  if (process.env.npm_lifecycle_event !== undefined) endWithShell(controller);
  return controller.signal;
}

/**
 * npm runs us in a shell and passes SIGTERM to that: a shell that does not replace itself by us
 * dies of it and tells us nothing.
 */
function endWithShell(controller: AbortController): void {
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) controller.abort();
  }, SHELL_POLL_MS).unref();
}
