/** A line without its end. */
export interface TextLine {
  /** Counted from 1. */
  readonly number: number;
  /** Empty if the line was too long. */
  readonly text: string;
  readonly isTooLong: boolean;
}

/** Cuts a text that comes in pieces into lines, and never holds more than one line of it. */
export class LineSplitter {
  readonly #maxLength: number;
  #pieces: string[] = [];
  #length = 0;
  #number = 1;

  /** @param maxLength - most characters of a line; of a longer one nothing is kept. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Whether the line that has not ended is too long already. */
  get isTooLong(): boolean {
    return this.#length > this.#maxLength + 1;
  }

  /** The lines that end within the next piece. A line ends with `\n` or `\r\n`. */
  push(piece: string): TextLine[] {
    const lines: TextLine[] = [];
    let start = 0;
    for (;;) {
      const end = piece.indexOf("\n", start);
      if (end < 0) break;
      this.#hold(piece.slice(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#hold(piece.slice(start));
    return lines;
  }

  /** The last line, if the text does not end with a line end. */
  end(): TextLine[] {
    return this.#length === 0 ? [] : [this.#take()];
  }

  #hold(piece: string): void {
    this.#length += piece.length;
    if (this.isTooLong) this.#pieces = [];
    else if (piece !== "") this.#pieces.push(piece);
  }

  #take(): TextLine {
    // What is too long by one character may still lose its carriage return.
    const isHeld = !this.isTooLong;
    const whole = this.#pieces.join("");
    const text = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
    const isTooLong = !isHeld || text.length > this.#maxLength;
    this.#pieces = [];
    this.#length = 0;
    return { number: this.#number++, text: isTooLong ? "" : text, isTooLong };
  }
}
