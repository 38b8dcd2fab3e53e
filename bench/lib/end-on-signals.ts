/** Exit codes by what ends a run; the last is that nobody reads any more what it writes. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

/**
 * Ends the process at a signal, or when nobody reads its output any more. A second signal does not
 * wait: what is to be done at the exit itself ends all servers as well.
 *
 * @param tell - what is still to be said, at once: Miniflare ends the process at a signal, too, and
 *   does not wait for anybody.
 * @param end - ends everything that was started.
 */
export function endOnSignals(tell: () => void, end: () => Promise<void>): void {
  let isEnding = false;
  const endWith = (code: number): void => {
    if (isEnding) process.exit(code);
    isEnding = true;
    try {
      tell();
    } catch (cause) {
      process.stderr.write(`not told what was measured: ${String(cause)}\n`);
    }
    void end().finally(() => process.exit(code));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => endWith(CODES[signal]));
  }
  const onBroken = (): void => {
    if (!isEnding) endWith(CODES.SIGPIPE);
  };
  process.stdout.on("error", onBroken);
  process.stderr.on("error", onBroken);
}
