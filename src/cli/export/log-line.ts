import { isRowDetails, parseRowDetails } from "../../histogram/row-details.ts";

/** What a line of an exported histogram log is. */
type LogLine =
  /** What stands before the first row: a log has it once. */
  | { readonly kind: "header" }
  /** A row, or the details of the row behind it. */
  | {
      readonly kind: "row" | "details";
      readonly tag: string;
      readonly operation: string;
      /** When it begins, epoch milliseconds. */
      readonly startMs: number;
    }
  | { readonly kind: "unknown" };

/** Tells the rows of an exported log, `Tag=target/operation,…`, from its other lines. */
export function logLineOf(line: string): LogLine {
  if (isRowDetails(line)) {
    const details = parseRowDetails(line);
    const operation = details?.tag.split("/")[1];
    if (details === undefined || operation === undefined) return { kind: "unknown" };
    return { kind: "details", tag: details.tag, operation, startMs: details.startMs };
  }
  if (line.startsWith("#") || line.startsWith('"')) return { kind: "header" };
  const [, tag, operation, start] = /^Tag=([^/,]+\/([^/,]+)),(\d+\.\d+),/.exec(line) ?? [];
  if (tag === undefined || operation === undefined) return { kind: "unknown" };
  return { kind: "row", tag, operation, startMs: Math.round(Number(start) * 1_000) };
}
