import { keywordOf } from "./sql-keywords.ts";

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

// The grammar of SQLite's tokenize.c. No part of it can match one text in two ways, so it is linear.
// A string with a doubled quote in it matches as two that touch. What is not closed goes to the end.
const TOKEN = new RegExp(
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
    String.raw`\?\d*|[$@#:](?:(?:[\w$\x80-\uffff]+|::)+(?:\([^\s)]*\)?)?)?`,
    // Words.
    String.raw`[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*`,
    // Operators, and anything else by itself.
    String.raw`->>?|\|\||<[=<>]?|>[=>]?|==|!=|[\s\S]`,
  ].join("|"),
  "y",
);

const STRING: SqlToken = { kind: "value", text: "?" };
const NUMBER: SqlToken = { kind: "value", text: "?", isNumber: true };
const BOUND: SqlToken = { kind: "value", text: "?" };

/** Splits SQL into tokens by SQLite's lexical rules. Takes any text, and time by its length. */
export function sqlTokens(sql: string): SqlTokens {
  const tokens: SqlToken[] = [];
  const comments: string[] = [];
  // The quote that the token before ended with, if this one touches it: then both are one.
  let openQuote = "";
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match !== null; match = TOKEN.exec(sql)) {
    const text = match[0];
    const first = text.charAt(0);
    const isContinued = openQuote !== "" && first === openQuote;
    openQuote = "";
    if (SPACE.includes(first)) continue;
    if (text.startsWith("--") || text.startsWith("/*")) {
      if (tokens.length === 0) comments.push(text);
      continue;
    }
    const token = tokenOf(first, text);
    if (isContinued) tokens.push(joined(tokens.pop(), token));
    else tokens.push(token);
    if (token === STRING || token.kind === "doubtful" || first === "`") openQuote = text.slice(-1);
  }
  return { tokens, comments };
}

const SPACE = "\t\n\v\f\r \ufeff";

function tokenOf(first: string, text: string): SqlToken {
  if (first === "'") return STRING;
  if (first === '"' || first === "`" || (first === "[" && text.length > 1))
    return quotedToken(text);
  if (first === "?") return BOUND;
  if ((first >= "0" && first <= "9") || (first === "." && text.length > 1)) return NUMBER;
  if ("$@#:".includes(first)) return BOUND;
  if (isWordStart(first)) {
    if (text.charAt(1) === "'") return STRING;
    const keyword = keywordOf(text);
    return keyword === undefined ? { kind: "name", text } : { kind: "keyword", text: keyword };
  }
  return { kind: "symbol", text };
}

function isWordStart(first: string): boolean {
  const isLetter = (first >= "a" && first <= "z") || (first >= "A" && first <= "Z");
  return isLetter || first === "_" || first >= "\u0080";
}

/** One that is not closed holds whatever follows, so it may hold a literal. */
function quotedToken(text: string): SqlToken {
  const close = text.startsWith("[") ? "]" : text.charAt(0);
  if (text.length < 2 || !text.endsWith(close)) return STRING;
  return { kind: close === '"' ? "doubtful" : "name", text: text.slice(1, -1) };
}

function joined(first: SqlToken | undefined, second: SqlToken): SqlToken {
  if (first === undefined || first.kind === "value" || second.kind === "value") return STRING;
  return { kind: first.kind, text: `${first.text}"${second.text}` };
}
