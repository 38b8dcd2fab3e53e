import { PassThrough, Writable } from "node:stream";
import type { CliIo, InStream, OutStream } from "../../../../src/cli/cli-io.ts";
import { Stop } from "../../../../src/cli/stop.ts";

export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Makes stdout and stderr a terminal of this size, and stdin one with keys. Default: pipes. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** The clock. Default: the real one. */
  readonly nowMs?: () => number;
}

/** Surroundings of the program without a process or a terminal. */
export interface FakeIo {
  readonly io: CliIo;
  /** All that was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Presses keys. */
  readonly press: (keys: string) => void;
  /** Ends stdin, as a pipe does. */
  readonly endInput: () => void;
  /** Whether keys arrive one by one. */
  readonly isRaw: () => boolean;
  /** Changes the size of the terminal. */
  readonly resize: (columns: number, rows: number) => void;
  /** Ends the program as a signal does. */
  readonly stop: (exitCode: number) => void;
}

export function fakeIo({ env = {}, terminal, nowMs = Date.now }: FakeIoOptions = {}): FakeIo {
  const out = new Sink(terminal);
  const err = new Sink(terminal);
  const keys = new Keys(terminal !== undefined);
  const stop = new AbortController();
  return {
    io: {
      stdin: keys,
      stdout: out,
      stderr: err,
      env,
      nowMs,
      pause: noPause,
      signal: stop.signal,
    },
    stdout: () => out.text,
    stderr: () => err.text,
    press: (text) => void keys.write(text),
    endInput: () => void keys.end(),
    isRaw: () => keys.isRaw,
    resize: (columns, rows) => {
      out.columns = columns;
      out.rows = rows;
      out.emit("resize");
    },
    stop: (exitCode) => stop.abort(new Stop(exitCode)),
  };
}

/** Time that is waited is over at once: only what else is under way has its turn before. */
export async function noPause(_durationMs: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

class Sink extends Writable implements OutStream {
  text = "";
  readonly isTTY: boolean;
  columns: number;
  rows: number;

  constructor(terminal: FakeIoOptions["terminal"]) {
    super({ decodeStrings: false });
    this.isTTY = terminal !== undefined;
    this.columns = terminal?.columns ?? 80;
    this.rows = terminal?.rows ?? 24;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    done();
  }
}

class Keys extends PassThrough implements InStream {
  readonly isTTY: boolean;
  isRaw = false;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}
