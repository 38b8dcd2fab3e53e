/** What a line of an exported histogram log is. */
type LogLine =
  /** What stands before the first row: a log has it once. */
  | { readonly kind: "header" }
  | { readonly kind: "row"; readonly tag: string; readonly operation: string }
  | { readonly kind: "unknown" };

/** Tells the rows of an exported log, `Tag=target/operation,…`, from its other lines. */
export function logLineOf(line: string): LogLine {
  if (line.startsWith("#") || line.startsWith('"')) return { kind: "header" };
  const [, tag, operation] = /^Tag=([^/,]+\/([^/,]+)),/.exec(line) ?? [];
  if (tag === undefined || operation === undefined) return { kind: "unknown" };
  return { kind: "row", tag, operation };
}
