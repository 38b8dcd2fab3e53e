import { createHash } from "node:crypto";
import { compareText } from "../../compare-text.ts";
import { MAX_IMPORT_PIECES } from "../../merge/import-part.ts";
import { HOUR_MS, startOf } from "../../merge/slot-time.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { LineRecord } from "./line-record.ts";

/** What may be in one request. */
interface PieceLimits {
  readonly maxCharacters: number;
  readonly maxRows: number;
}

/** A little less than the server takes. */
const SERVER_LIMITS: PieceLimits = { maxCharacters: 4_000_000, maxRows: 9_000 };

/** Times are absolute, whatever the first row says. */
const HEADER = ["#[Histogram log format version 1.3]", "#[BaseTime: 0.000 (seconds since epoch)]"];

/** Hexadecimal digits of a digest that name a day's content. */
const NAME_DIGITS = 32;

/** What of a day goes into one request. */
export interface DayPiece {
  readonly body: string;
  readonly rows: number;
  /** Where a line of the body was read, counted from 1. */
  readonly sourceOf: (line: number) => string | undefined;
}

/** A day of a series as it is sent. */
interface DayContent {
  /** Follows from the content, in whatever order it was. */
  readonly digest: string;
  readonly pieces: readonly DayPiece[];
  /** Rows that were there twice, word for word. */
  readonly repeated: number;
}

/**
 * Makes requests of the lines of a day: in order of time, what is there twice once, and hours not
 * torn apart where they fit. The same lines in another order make the same requests.
 * @throws CliError for more than can be sent.
 */
export function dayContent(
  records: readonly LineRecord[],
  limits: PieceLimits = SERVER_LIMITS,
): DayContent {
  const sorted = records.toSorted(
    (left, right) =>
      left.startMs - right.startMs ||
      Number(left.isRow) - Number(right.isRow) ||
      compareText(left.text, right.text),
  );
  const lines = sorted.filter(({ text }, i) => text !== sorted[i - 1]?.text);
  const repeated = rowsOf(sorted) - rowsOf(lines);
  const hash = createHash("sha256");
  for (const { text } of lines) hash.update(`${text}\n`);
  const pieces = cut(lines, limits).map(toPiece);
  if (pieces.length > MAX_IMPORT_PIECES) {
    const most = MAX_IMPORT_PIECES;
    throw new CliError(`a day takes ${pieces.length} requests, of ${most} at most`, {
      exitCode: EXIT.refused,
      hint: "Its rows are too short: merge them into rows of a minute.",
    });
  }
  return { digest: hash.digest("hex").slice(0, NAME_DIGITS), pieces, repeated };
}

/** Fills pieces with whole hours, and what does not fit into one with what begins at one time. */
function cut(lines: readonly LineRecord[], limits: PieceLimits): LineRecord[][] {
  const pieces: LineRecord[][] = [];
  let filling = new Filling(limits);
  const close = (): void => {
    if (filling.lines.length > 0) pieces.push(filling.lines);
    filling = new Filling(limits);
  };
  for (const hour of grouped(lines, ({ startMs }) => startOf(startMs, HOUR_MS))) {
    if (!filling.fits(hour)) close();
    if (filling.fits(hour)) {
      filling.add(hour);
      continue;
    }
    for (const moment of grouped(hour, ({ startMs }) => startMs)) {
      if (!filling.fits(moment)) close();
      filling.add(moment);
    }
  }
  close();
  return pieces;
}

class Filling {
  readonly #limits: PieceLimits;
  readonly lines: LineRecord[] = [];
  #characters = 0;
  #rows = 0;

  constructor(limits: PieceLimits) {
    this.#limits = limits;
  }

  fits(more: readonly LineRecord[]): boolean {
    return (
      this.#characters + charactersOf(more) <= this.#limits.maxCharacters &&
      this.#rows + rowsOf(more) <= this.#limits.maxRows
    );
  }

  add(more: readonly LineRecord[]): void {
    for (const line of more) this.lines.push(line);
    this.#characters += charactersOf(more);
    this.#rows += rowsOf(more);
  }
}

function toPiece(lines: readonly LineRecord[]): DayPiece {
  return {
    body: `${[...HEADER, ...lines.map(({ text }) => text)].join("\n")}\n`,
    rows: rowsOf(lines),
    sourceOf: (line) => lines[line - 1 - HEADER.length]?.source,
  };
}

/** Neighbours of the same key together. */
function grouped(
  lines: readonly LineRecord[],
  keyOf: (line: LineRecord) => number,
): LineRecord[][] {
  const groups: LineRecord[][] = [];
  let key: number | undefined;
  for (const line of lines) {
    if (keyOf(line) === key) groups.at(-1)?.push(line);
    else groups.push([line]);
    key = keyOf(line);
  }
  return groups;
}

function charactersOf(lines: readonly LineRecord[]): number {
  return lines.reduce((sum, { text }) => sum + text.length + 1, 0);
}

function rowsOf(lines: readonly LineRecord[]): number {
  return lines.filter(({ isRow }) => isRow).length;
}
