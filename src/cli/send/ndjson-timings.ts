import { LineSplitter, type TextLine } from "../line-splitter.ts";

/** Longest line of a timing, in characters: its fields, and measures. */
const MAX_LINE_LENGTH = 16_384;

/** A line that is sent. */
export interface TimingLine {
  /** Counted from 1. */
  readonly line: number;
  readonly timing: object;
  /** Characters of it as JSON. */
  readonly length: number;
}

/** A line that is not sent. */
interface RefusedLine {
  readonly line: number;
  readonly reason: "not_json" | "not_an_object" | "line_too_long";
}

/** What became of some lines; empty ones are nothing. */
interface ReadLines {
  readonly timings: readonly TimingLine[];
  readonly refused: readonly RefusedLine[];
}

/**
 * Reads timings, one JSON object a line, out of a text that comes in pieces. What is in them is for
 * Tachograph to check.
 */
export class NdjsonTimings {
  readonly #splitter = new LineSplitter(MAX_LINE_LENGTH);
  readonly #target: string | undefined;

  /** @param target - of the timings that name none. */
  constructor(target: string | undefined) {
    this.#target = target;
  }

  /** The lines that end within the next piece. */
  push(piece: string): ReadLines {
    return this.#read(this.#splitter.push(piece));
  }

  /** The last line, if it has no end. */
  end(): ReadLines {
    return this.#read(this.#splitter.end());
  }

  #read(lines: readonly TextLine[]): ReadLines {
    const timings: TimingLine[] = [];
    const refused: RefusedLine[] = [];
    for (const { number: line, text, isTooLong } of lines) {
      if (isTooLong) refused.push({ line, reason: "line_too_long" });
      // What some programs begin a file with is no part of its first line; `trim` takes it away, too.
      else if (text.trim() !== "") this.#readOne(line, text.trim(), timings, refused);
    }
    return { timings, refused };
  }

  #readOne(line: number, text: string, timings: TimingLine[], refused: RefusedLine[]): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      refused.push({ line, reason: "not_json" });
      return;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      refused.push({ line, reason: "not_an_object" });
      return;
    }
    const timing = this.#target === undefined ? value : { target: this.#target, ...value };
    timings.push({ line, timing, length: JSON.stringify(timing).length });
  }
}
