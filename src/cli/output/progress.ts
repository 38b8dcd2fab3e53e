import { SingleBar } from "cli-progress";
import type { CliIo } from "../cli-io.ts";
import type { Printer } from "./printer.ts";
import { wantsUnicode } from "./wants-unicode.ts";

interface ProgressOptions {
  /** What is counted up to. */
  readonly total: number;
  /** What is being done, as `export`. */
  readonly title: string;
  /** What is counted, as `timings`. */
  readonly unit: string;
}

/** How often a line says how far it is where there is no terminal, milliseconds. */
const LINE_EVERY_MS = 10_000;

/** How far something is: a bar on a terminal's stderr, else a line now and then. */
export class Progress {
  readonly #io: CliIo;
  readonly #printer: Printer;
  readonly #options: ProgressOptions;
  readonly #bar: SingleBar | undefined;
  #saidAtMs: number;

  constructor(io: CliIo, printer: Printer, options: ProgressOptions) {
    this.#io = io;
    this.#printer = printer;
    this.#options = options;
    this.#saidAtMs = io.nowMs();
    if (io.stderr.isTTY !== true || io.env["TERM"] === "dumb") return;
    this.#bar = startBar(io, options);
  }

  /** @param note a few words, shown behind the bar. */
  update(done: number, note = ""): void {
    if (this.#bar !== undefined) {
      this.#bar.update(done, { note });
      return;
    }
    const nowMs = this.#io.nowMs();
    if (nowMs - this.#saidAtMs < LINE_EVERY_MS) return;
    this.#saidAtMs = nowMs;
    const { title, total, unit } = this.#options;
    this.#printer.note(`${title}: ${done} of ${total} ${unit}${note === "" ? "" : `, ${note}`}`);
  }

  /** Takes the bar away again. To be called whatever happens: it hides the cursor. */
  stop(): void {
    this.#bar?.stop();
  }
}

function startBar(io: CliIo, { title, total, unit }: ProgressOptions): SingleBar {
  const [full, empty] = wantsUnicode(io.stderr, io.env) ? ["█", "░"] : ["#", "."];
  const bar = new SingleBar({
    format: `${title} [{bar}] {percentage}% {value}/{total} ${unit} {note}`,
    barCompleteChar: full,
    barIncompleteChar: empty,
    barsize: 30,
    stream: io.stderr,
    fps: 5,
    hideCursor: true,
    clearOnComplete: true,
    // It would end the process by itself.
    gracefulExit: false,
  });
  bar.start(total, 0, { note: "" });
  return bar;
}
