/** Where text goes: a terminal, a pipe or a file. `process.stdout` is one. */
export type OutStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  /** Whether it has more to write than it should be given, until it emits `drain`. */
  readonly writableNeedDrain?: boolean;
  /** Characters in a line; of a terminal only. */
  readonly columns?: number;
  /** Lines on the screen; of a terminal only. */
  readonly rows?: number;
};

/** Where keys come from. `process.stdin` is one. */
export type InStream = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  /** Of a terminal only: whether keys arrive one by one, without being shown. */
  readonly setRawMode?: (isRaw: boolean) => unknown;
};

/** All that the program knows of the process that it runs in. */
export interface CliIo {
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Lets time pass, milliseconds. Rejects with the signal's reason as soon as that is aborted. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /**
   * Aborted with a {@link Stop} on Ctrl-C, on SIGTERM, and when nobody reads stdout any more; with a
   * {@link CliError} when what is written is lost, as on a full disk.
   */
  readonly signal: AbortSignal;
}
