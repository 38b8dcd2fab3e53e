import { once } from "node:events";
import type { CliIo } from "../cli-io.ts";
import { type Paint, paintFor, wantsColour } from "./colour.ts";
import { safeJson, safeText } from "./safe-text.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

interface PrinterOptions {
  /** False with `--no-color`. */
  readonly isColourOption: boolean;
  readonly isVerbose: boolean;
}

/** What commands say, and where: results to stdout, all else to stderr. */
export class Printer {
  readonly #io: CliIo;
  readonly #isVerbose: boolean;
  /** For stdout. */
  readonly paint: Paint;
  readonly #paintError: Paint;

  constructor(io: CliIo, { isColourOption, isVerbose }: PrinterOptions) {
    this.#io = io;
    this.#isVerbose = isVerbose;
    this.paint = paintFor(wantsColour(io.stdout, io.env, isColourOption));
    this.#paintError = paintFor(wantsColour(io.stderr, io.env, isColourOption));
  }

  /** Characters in a line of stdout; undefined where nothing has to be cut off. */
  get width(): number | undefined {
    const { isTTY, columns } = this.#io.stdout;
    // Some terminals call themselves no columns wide.
    return isTTY === true && columns !== 0 ? columns : undefined;
  }

  /** One line, or several. What is somebody else's in it has been through {@link safeText}. */
  line(text = ""): void {
    this.#io.stdout.write(`${text}\n`);
  }

  /** A value as one line of JSON. */
  json(value: unknown): void {
    this.line(safeJson(value));
  }

  /** Aligned columns, cut off at the edge of a terminal. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    this.line(renderTable(columns, rows, { width: this.width, paint: this.paint }));
  }

  /** Waits until stdout takes more: a pipe that is read slowly must not fill this memory. */
  async flushed(): Promise<void> {
    const { stdout, signal } = this.#io;
    if (stdout.writableNeedDrain !== true) return;
    await once(stdout, "drain", { signal });
  }

  /** Names and values below each other, each value beside its name. */
  fields(pairs: readonly (readonly [name: string, value: Cell])[]): void {
    const columns = [{ title: "" }, { title: "", isFlexible: true }];
    const rows = pairs.map(([name, value]) => [{ text: name, style: "dim" as const }, value]);
    const options = { width: this.width, paint: this.paint, hasTitles: false };
    this.line(renderTable(columns, rows, options));
  }

  /** A line beside the result: on stderr, made safe. */
  note(text: string): void {
    this.#io.stderr.write(`${this.#paintError("dim", safeText(text))}\n`);
  }

  /** A line beside the result that somebody should heed: on stderr, made safe. */
  warn(text: string): void {
    this.#io.stderr.write(`${this.#paintError("yellow", safeText(text))}\n`);
  }

  /** A {@link note} with `--verbose` only. */
  detail(text: string): void {
    if (this.#isVerbose) this.note(text);
  }

  /** What went wrong: on stderr, made safe, each part on a line of its own. */
  error(message: string, details: readonly string[] = []): void {
    const lines = [
      this.#paintError("red", safeText(message)),
      ...details.map((detail) => `  ${safeText(detail)}`),
    ];
    this.#io.stderr.write(`${lines.join("\n")}\n`);
  }
}
