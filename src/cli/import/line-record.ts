/** A line of a log on its way into a day. */
export interface LineRecord {
  /** When what it is of begins, epoch milliseconds. */
  readonly startMs: number;
  /** Whether it is a row, and not the details of one. */
  readonly isRow: boolean;
  /** Where it was read, as `november.hlog:17`. */
  readonly source: string;
  /** As it is sent: with absolute times, so that it means the same in another log. */
  readonly text: string;
}

/** A record as one line of text. */
export function writeRecord(
  { startMs, isRow, text }: Omit<LineRecord, "source">,
  place: { readonly file: number; readonly line: number },
): string {
  return `${startMs} ${isRow ? "r" : "d"} ${place.file} ${place.line} ${text}`;
}

/** Reads what {@link writeRecord} wrote. @param files the names of the files. */
export function readRecord(record: string, files: readonly string[]): LineRecord {
  const [startMs = "", kind, file = "", line = ""] = record.split(" ", 4);
  const head = startMs.length + file.length + line.length + 5;
  return {
    startMs: Number(startMs),
    isRow: kind === "r",
    source: `${files[Number(file)] ?? ""}:${line}`,
    text: record.slice(head),
  };
}
