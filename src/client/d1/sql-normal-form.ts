import type { SqlToken } from "./sql-tokens.ts";

const NOTHING: SqlToken = { kind: "symbol", text: "" };

/** After these a word in double quotes can only be a name, or would make no sense as a string. */
const NAME_FOLLOWS: ReadonlySet<string> = new Set(
  (
    "ADD AS BY COLUMN CONSTRAINT EXISTS FROM IGNORE INDEX INTO JOIN RECURSIVE REFERENCES RELEASE " +
    "RENAME REPLACE SAVEPOINT SET TABLE TO TRIGGER UPDATE VIEW WITH"
  ).split(" "),
);
const COMPARISONS: ReadonlySet<string> = new Set(
  "= == != <> < > <= >= IS IN NOT LIKE GLOB MATCH REGEXP BETWEEN".split(" "),
);
const COMPARISON_FOLLOWS: ReadonlySet<string> = new Set(
  "WHERE AND OR ON HAVING WHEN ( ,".split(" "),
);
const PLAIN_WORD = /^[A-Za-z_]\w{0,63}$/;

/** Keywords that are operands: a sign after one of them is an operator. */
const OPERANDS: ReadonlySet<string> = new Set(
  "NULL TRUE FALSE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP END".split(" "),
);
const CONSTANTS: ReadonlySet<string> = new Set(["NULL", "TRUE", "FALSE"]);

/**
 * The same query without what varies from one run to the next: every literal is `?`, the list of an
 * `IN` is `(?)` however long it is, and of the rows of a `VALUES` only the first one is left.
 *
 * A word in double quotes stays where only a name makes sense, also before a comparison with a
 * value (`"id" = ?`); anywhere else it may be a string to SQLite, and becomes `?`.
 */
export function normalTokens(tokens: readonly SqlToken[]): SqlToken[] {
  return withoutRows(withoutSigns(withoutDoubt(tokens)));
}

function withoutDoubt(tokens: readonly SqlToken[]): SqlToken[] {
  return tokens.map((token, at): SqlToken => {
    if (token.kind !== "doubtful") return token;
    return isNameAt(tokens, at) ? { kind: "name", text: token.text } : { kind: "value", text: "?" };
  });
}

function isNameAt(tokens: readonly SqlToken[], at: number): boolean {
  const textAt = (index: number): string => {
    const token = tokens[index];
    return token?.kind === "symbol" || token?.kind === "keyword" ? token.text : "";
  };
  const before = textAt(at - 1);
  if (before === "." || textAt(at + 1) === ".") return true;
  // `a IS NOT DISTINCT FROM "b"` is a comparison.
  if (before === "FROM" && textAt(at - 2) === "DISTINCT") return false;
  if (NAME_FOLLOWS.has(before)) return true;
  const isCompared = COMPARISON_FOLLOWS.has(before) && COMPARISONS.has(textAt(at + 1));
  if (!isCompared || !PLAIN_WORD.test(tokens[at]?.text ?? "")) return false;
  const operand = tokens[at + 2] ?? NOTHING;
  return operand.kind === "value" || operand.kind === "keyword" || operand.text === "(";
}

function withoutSigns(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  for (const token of tokens) {
    if (token.isNumber === true) {
      while (isSign(kept.at(-1)) && !isOperand(kept.at(-2))) kept.pop();
    }
    kept.push(token);
  }
  return kept;
}

function isSign(token: SqlToken | undefined): boolean {
  return token?.kind === "symbol" && (token.text === "-" || token.text === "+");
}

function isOperand(token: SqlToken | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "symbol") return token.text === ")";
  return token.kind !== "keyword" || OPERANDS.has(token.text);
}

function withoutRows(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  /** The depths of brackets at which rows of a `VALUES` stand, the innermost last. */
  const rowDepths: number[] = [];
  let depth = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? NOTHING;
    kept.push(token);
    const isList = token.kind === "keyword" && (token.text === "IN" || token.text === "VALUES");
    if (isList && isSymbol(tokens[at + 1], "(")) {
      if (token.text === "VALUES") rowDepths.push(depth);
      const end = constantsEnd(tokens, at + 2);
      if (end > 0) {
        kept.push({ kind: "symbol", text: "(" }, { kind: "value", text: "?" });
        // The loop goes on with the closing bracket, as if it had passed the opening one.
        at = end - 1;
        depth += 1;
      }
      continue;
    }
    if (isSymbol(token, "(")) depth += 1;
    if (!isSymbol(token, ")")) continue;
    depth -= 1;
    if (rowDepths.at(-1) === depth) {
      rowDepths.pop();
      at = rowsEnd(tokens, at);
    }
  }
  return kept;
}

function isSymbol(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === "symbol" && token.text === text;
}

/** Where the bracket closes if there are only constants in it, else 0. */
function constantsEnd(tokens: readonly SqlToken[], from: number): number {
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] ?? NOTHING;
    if (isSymbol(token, ")")) return at === from ? 0 : at;
    const isConstant = token.kind === "value" || CONSTANTS.has(token.text);
    if (!isConstant && !isSymbol(token, ",")) return 0;
  }
  return 0;
}

/** The last token of the rows that follow the row whose bracket closes at `at`. */
function rowsEnd(tokens: readonly SqlToken[], at: number): number {
  let end = at;
  while (isSymbol(tokens[end + 1], ",") && isSymbol(tokens[end + 2], "(")) {
    let depth = 0;
    let next = end + 2;
    do {
      if (isSymbol(tokens[next], "(")) depth += 1;
      if (isSymbol(tokens[next], ")")) depth -= 1;
      next += 1;
    } while (depth > 0 && next < tokens.length);
    end = next - 1;
  }
  return end;
}
