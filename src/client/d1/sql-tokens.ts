import { keywordOf } from "../sql/sql-keywords.ts";
import { type SqlLexeme, sqlLexemes } from "../sql/sql-lexer.ts";
import { unquoted } from "../sql/unquoted.ts";

/**
 * - `keyword`: in capitals.
 * - `name`: a table, column, function … without its quotes.
 * - `doubtful`: a word in double quotes. To SQLite that is a name if there is such a column, and a
 *   string if there is none.
 * - `value`: a string, number or blob, or what is bound. Its text is lost.
 * - `symbol`: an operator, a bracket, a comma …
 */
export type SqlTokenKind = "keyword" | "name" | "doubtful" | "value" | "symbol";

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** `?` for a value. */
  readonly text: string;
  /** Set for a literal that a sign may stand before. */
  readonly isNumber?: true;
}

export interface SqlTokens {
  readonly tokens: readonly SqlToken[];
  /** The comments before the first token, with their signs. */
  readonly comments: readonly string[];
}

const VALUE: SqlToken = { kind: "value", text: "?" };
const NUMBER: SqlToken = { kind: "value", text: "?", isNumber: true };

/** SQL without what varies from one run to the next. Takes any text, and time by its length. */
export function sqlTokens(sql: string): SqlTokens {
  const tokens: SqlToken[] = [];
  const comments: string[] = [];
  for (const lexeme of sqlLexemes(sql)) {
    if (lexeme.kind !== "comment") tokens.push(tokenOf(lexeme));
    else if (tokens.length === 0) comments.push(lexeme.text);
  }
  return { tokens, comments };
}

function tokenOf({ kind, text }: SqlLexeme): SqlToken {
  if (kind === "sign") return { kind: "symbol", text };
  if (kind === "number") return NUMBER;
  if (kind === "quoted") {
    return { kind: text.startsWith('"') ? "doubtful" : "name", text: unquoted(text) };
  }
  if (kind !== "word") return VALUE;
  const keyword = keywordOf(text);
  return keyword === undefined ? { kind: "name", text } : { kind: "keyword", text: keyword };
}
