import { Presets, SingleBar } from "cli-progress";

/** How far a run has come, on stderr: a bar in a terminal, a line at a time elsewhere. */
export interface Progress {
  begin(what: string, expectedSeconds: number): void;
  /** What is being done now. */
  say(text: string): void;
  /** Something that stays: lines of their own above what moves. */
  tell(text: string): void;
  finish(): void;
  /** Leaves the terminal as it was; to call it again does no harm. */
  close(): void;
}

const REDRAW_MS = 250;
/** A part that takes longer than expected stands still just before its end. */
const ALMOST = 0.98;
/** To the right of the cursor. */
const ERASE_LINE = "\u001B[K";

/** @param totalSeconds how long all parts together are expected to take. */
export function makeProgress(
  totalSeconds: number,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  return stream.isTTY ? new ProgressBar(totalSeconds, stream) : new ProgressLines(stream);
}

/** Moves with the time that parts are expected to take. */
class ProgressBar implements Progress {
  readonly #bar: SingleBar;
  readonly #stream: NodeJS.WritableStream;
  readonly #redraw: ReturnType<typeof setInterval>;
  #doneSeconds = 0;
  #expectedSeconds = 0;
  #beganAt = performance.now();
  #what = "";
  #text = "";

  constructor(totalSeconds: number, stream: NodeJS.WritableStream) {
    const format = "{bar} {percentage}% · {duration_formatted} · {what} {text}";
    // Signals are for the bench itself: it has servers to end.
    const options = { format, stream, hideCursor: true, linewrap: false, gracefulExit: false };
    this.#stream = stream;
    this.#bar = new SingleBar(options, Presets.shades_grey);
    this.#bar.start(totalSeconds, 0, { what: "", text: "" });
    this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
  }

  begin(what: string, expectedSeconds: number): void {
    this.#what = what;
    this.#text = "";
    this.#expectedSeconds = expectedSeconds;
    this.#beganAt = performance.now();
    this.#draw();
  }

  say(text: string): void {
    this.#text = text.split("\n", 1)[0] ?? "";
    this.#draw();
  }

  tell(text: string): void {
    // The bar is on the line that the cursor is in, and is drawn again below.
    this.#stream.write(`\r${ERASE_LINE}${text}\n`);
    if (this.#bar.isActive) this.#draw();
  }

  finish(): void {
    this.#doneSeconds += this.#expectedSeconds;
    this.#expectedSeconds = 0;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#redraw);
    if (this.#bar.isActive) this.#bar.stop();
  }

  #draw(): void {
    const sinceSeconds = (performance.now() - this.#beganAt) / 1_000;
    const partSeconds = Math.min(sinceSeconds, this.#expectedSeconds * ALMOST);
    this.#bar.update(this.#doneSeconds + partSeconds, { what: this.#what, text: this.#text });
  }
}

class ProgressLines implements Progress {
  readonly #stream: { write(text: string): unknown };
  readonly #startedAt = performance.now();
  #what = "";

  constructor(stream: { write(text: string): unknown }) {
    this.#stream = stream;
  }

  begin(what: string, expectedSeconds: number): void {
    this.#what = what;
    this.say(`about ${expectedSeconds} s`);
  }

  say(text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(0).padStart(4);
    this.#stream.write(`${seconds} s  ${this.#what}: ${text}\n`);
  }

  tell(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  finish(): void {
    this.say("done");
  }

  close(): void {}
}
