import { sqlLexemes } from "../sql/sql-lexer.ts";
import { unquoted } from "../sql/unquoted.ts";

/** A piece of SQL that means something: no blanks, no comments. */
export interface SqlToken {
  /** `word` is a keyword or a bare name; `name` a quoted one; `param` is `?` or `?12`. */
  readonly kind: "word" | "name" | "text" | "number" | "param" | "sign";
  /** What it says, without quotes. A text's own text is left out. */
  readonly value: string;
}

/** Cuts SQL into tokens, as SQLite does. What it cannot read becomes signs; it never throws. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const { kind, text } of sqlLexemes(sql)) {
    if (kind === "comment") continue;
    if (kind === "string") tokens.push({ kind: "text", value: "" });
    else if (kind === "quoted") tokens.push({ kind: "name", value: unquoted(text) });
    else tokens.push({ kind, value: text });
  }
  return tokens;
}

/** @returns how many values the SQL wants bound. */
export function parameterCount(tokens: readonly SqlToken[]): number {
  let count = 0;
  for (const { kind, value } of tokens) {
    // A bare `?` is one more than the highest before it.
    if (kind === "param") count = Math.max(count, Number(value.slice(1)) || count + 1);
  }
  return count;
}
