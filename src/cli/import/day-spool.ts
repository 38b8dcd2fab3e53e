import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareText } from "../../compare-text.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";

/** A day of a series. */
export interface DayKey {
  readonly target: string;
  readonly operation: string;
  /** The start of the day in UTC, epoch milliseconds. */
  readonly dayAt: number;
}

/** Characters that are held in memory before they go to the disk. */
const HELD_CHARACTERS = 32 * 1_048_576;

/** Most days of series that are kept apart. */
const MAX_DAYS = 500_000;

interface Day extends DayKey {
  /** Whether there is a row, and not only details of one that was left out. */
  hasRow: boolean;
  /** What is held in memory. */
  held: string[];
  /** Where the rest lies in the file. */
  readonly extents: { readonly at: number; readonly length: number }[];
}

/**
 * Sorts lines by series and day, whatever their order and however many: beyond what is held in
 * memory they are written to a file of their own, and read a day at a time. {@link close} removes it.
 */
export class DaySpool {
  readonly #maxHeld: number;
  readonly #days = new Map<string, Day>();
  #held = 0;
  #directory: string | undefined;
  #file: FileHandle | undefined;
  #fileLength = 0;

  /** @param maxHeld characters in memory. */
  constructor(maxHeld = HELD_CHARACTERS) {
    this.#maxHeld = maxHeld;
  }

  /** Whether {@link flush} should be called before more is added. */
  get isFull(): boolean {
    return this.#held >= this.#maxHeld;
  }

  /**
   * @param line without a line end.
   * @param isRow whether there is something to send of the day, now that it has this line.
   * @throws CliError for too many days.
   */
  add({ target, operation, dayAt }: DayKey, line: string, isRow: boolean): void {
    const key = `${dayAt}/${target}/${operation}`;
    let day = this.#days.get(key);
    if (day === undefined) {
      if (this.#days.size === MAX_DAYS) {
        throw new CliError(`there are more than ${MAX_DAYS} days of series: import them in parts`, {
          exitCode: EXIT.refused,
        });
      }
      day = { target, operation, dayAt, hasRow: false, held: [], extents: [] };
      this.#days.set(key, day);
    }
    day.hasRow ||= isRow;
    day.held.push(line);
    this.#held += line.length;
  }

  /** Every day of which there are rows, by time, then by name. */
  days(): DayKey[] {
    return [...this.#days.values()]
      .filter(({ hasRow }) => hasRow)
      .toSorted(
        (left, right) =>
          left.dayAt - right.dayAt ||
          compareText(left.target, right.target) ||
          compareText(left.operation, right.operation),
      );
  }

  /** The lines of a day, in any order. @throws CliError */
  async read({ target, operation, dayAt }: DayKey): Promise<string[]> {
    const day = this.#days.get(`${dayAt}/${target}/${operation}`);
    if (day === undefined) return [];
    const lines: string[] = [];
    for (const { at, length } of day.extents) {
      const buffer = Buffer.alloc(length);
      const file = this.#file;
      await explained(async () => file?.read(buffer, 0, length, at));
      for (const line of buffer.toString().split("\n")) lines.push(line);
    }
    return [...lines, ...day.held];
  }

  /** Writes what is held in memory to the disk. @throws CliError if that is full. */
  async flush(): Promise<void> {
    await explained(async () => {
      this.#directory ??= await mkdtemp(join(tmpdir(), "tachograph-import-"));
      this.#file ??= await open(join(this.#directory, "lines"), "wx+", 0o600);
      for (const day of this.#days.values()) {
        if (day.held.length === 0) continue;
        const bytes = Buffer.from(day.held.join("\n"));
        await this.#file.write(bytes, 0, bytes.length, this.#fileLength);
        day.extents.push({ at: this.#fileLength, length: bytes.length });
        day.held = [];
        this.#fileLength += bytes.length;
      }
    });
    this.#held = 0;
  }

  /** Removes the file, if there is one. Never throws: something else may have gone wrong before. */
  async close(): Promise<void> {
    const directory = this.#directory;
    await Promise.allSettled([this.#file?.close()]);
    if (directory !== undefined) {
      await Promise.allSettled([rm(directory, { recursive: true, force: true })]);
    }
  }
}

async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`what was read cannot be kept below ${tmpdir()}: ${reason}`, {
      exitCode: EXIT.cannotWrite,
      hint: "It takes as much room as the logs unpacked; TMPDIR names another place.",
      cause,
    });
  }
}
