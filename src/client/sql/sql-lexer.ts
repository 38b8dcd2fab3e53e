/**
 * - `word`: a keyword or a bare name.
 * - `quoted`: a name in double quotes, backticks or square brackets. In double quotes it is a string
 *   to SQLite where nothing has that name.
 * - `string`: a string or a blob, or whatever follows a quote of any kind that is never closed.
 * - `param`: what is bound.
 * - `sign`: an operator, a bracket, a comma … or what SQL has no use for.
 */
export type SqlLexemeKind = "comment" | "word" | "quoted" | "string" | "number" | "param" | "sign";

/** A piece of SQL, as it is written. */
export interface SqlLexeme {
  readonly kind: SqlLexemeKind;
  readonly text: string;
}

// The grammar of SQLite's tokenize.c. No part of it can match one text in two ways, so it is linear.
// A string with a doubled quote in it matches as two that touch. What is not closed goes to the end.
const PIECE = new RegExp(
  [
    // White space.
    String.raw`[\t\n\v\f\r \ufeff]+`,
    // Comments.
    String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)`,
    // Strings and blobs.
    String.raw`[xX]?'[^']*(?:'|$)`,
    // Words in quotes.
    String.raw`"[^"]*(?:"|$)|${"`[^`]*(?:`|$)"}|\[[^\]]*(?:\]|$)`,
    // Numbers, with whatever touches them.
    String.raw`0[xX][\w$\x80-\uffff]*|\.?\d[\d_.]*(?:[eE][+-]?\d[\d_]*)?[\w$\x80-\uffff]*`,
    // What is bound.
    String.raw`\?\d*|[$@#:](?:(?:[\w$\x80-\uffff]+|::)+(?:\([^\t-\r )]*\)?)?)?`,
    // Words.
    String.raw`[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*`,
    // Operators, and anything else by itself.
    String.raw`->>?|\|\||<[=<>]?|>[=>]?|==|!=|[\s\S]`,
  ].join("|"),
  "y",
);

const SPACE = "\t\n\v\f\r \ufeff";

/** Cuts SQL by SQLite's lexical rules, without white space. Takes any text, and time by its length. */
export function sqlLexemes(sql: string): SqlLexeme[] {
  const lexemes: SqlLexeme[] = [];
  let end = 0;
  while (end < sql.length) {
    const start = end;
    let piece = pieceAt(sql, start);
    end += piece.length;
    const kind = kindOf(piece);
    if (kind === undefined) continue;
    const quote = quoteOf(kind, piece);
    while (sql.charAt(end) === quote && isClosed(piece)) {
      piece = pieceAt(sql, end);
      end += piece.length;
    }
    const isOpen = kind === "quoted" && !isClosed(piece);
    lexemes.push({ kind: isOpen ? "string" : kind, text: sql.slice(start, end) });
  }
  return lexemes;
}

function pieceAt(sql: string, at: number): string {
  PIECE.lastIndex = at;
  return PIECE.exec(sql)?.[0] ?? sql.slice(at);
}

/** Undefined for white space. */
function kindOf(piece: string): SqlLexemeKind | undefined {
  const first = piece.charAt(0);
  if (SPACE.includes(first)) return undefined;
  if (piece.startsWith("--") || piece.startsWith("/*")) return "comment";
  if (first === "'") return "string";
  if (first === '"' || first === "`" || (first === "[" && piece.length > 1)) return "quoted";
  if ("?$@#:".includes(first)) return "param";
  if ((first >= "0" && first <= "9") || (first === "." && piece.length > 1)) return "number";
  if (isWordStart(first)) return piece.charAt(1) === "'" ? "string" : "word";
  return "sign";
}

function isWordStart(first: string): boolean {
  const isLetter = (first >= "a" && first <= "z") || (first >= "A" && first <= "Z");
  return isLetter || first === "_" || first >= "\u0080";
}

/** The quote that stands for itself when it is doubled; a square bracket never does. */
function quoteOf(kind: SqlLexemeKind, piece: string): string | undefined {
  if (kind === "string") return "'";
  return kind === "quoted" && !piece.startsWith("[") ? piece.charAt(0) : undefined;
}

/** Whether a string or a word in quotes ends with its quote. */
function isClosed(piece: string): boolean {
  const first = piece.charAt(0);
  if (first === "[") return piece.endsWith("]");
  const quote = first === "x" || first === "X" ? "'" : first;
  return piece.endsWith(quote) && piece.length > (first === quote ? 1 : 2);
}
