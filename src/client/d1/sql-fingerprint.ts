import { mainVerbAt } from "../sql/main-verb-at.ts";
import { keywordOf } from "../sql/sql-keywords.ts";
import { normalTokens } from "./sql-normal-form.ts";
import { sqlTokens } from "./sql-tokens.ts";
import type { SqlToken } from "./sql-tokens.ts";

/** What a query is, whatever values it is run with. */
export interface SqlFingerprint {
  /** `<verb>.<table>.<hash>`, without the table if there is none: always a valid operation. */
  readonly operation: string;
  /** The query without literals and comments, on one line, at most {@link MAX_NORMAL_FORM_LENGTH}. */
  readonly normalForm: string;
  /** The name that a comment at the start gives it, as it stands there: maybe no valid one. */
  readonly givenName: string | undefined;
}

/**
 * How many characters of a query are looked at, which bounds what a name costs. What follows
 * changes neither name nor hash; D1 itself takes 100,000 bytes a statement
 * (developers.cloudflare.com/d1/platform/limits).
 */
export const MAX_READ_LENGTH = 16_000;

/** How many characters of the normal form are kept. The hash is of all of it. */
export const MAX_NORMAL_FORM_LENGTH = 2_000;

/** Of the table in the operation, which has 64 characters with the verb and the hash. */
const MAX_TABLE_LENGTH = 40;

const NAME_COMMENT = /^(?:--|\/\*)\s*name:\s*([^\s*]+)/;

/**
 * Names a query by its shape, so that all runs of it are one operation: literals, white space,
 * comments, the case of keywords and the lengths of lists make no difference. No literal of the
 * query is in what it returns.
 */
export function sqlFingerprint(sql: string): SqlFingerprint {
  const { tokens, comments } = sqlTokens(sql.slice(0, MAX_READ_LENGTH));
  const normal = normalTokens(tokens);
  while (isText(normal.at(-1), ";")) normal.pop();
  const text = normalText(normal);
  const verbAt = mainVerbAt(normal.map(wordOf));
  const parts = [verbOf(normal, verbAt), tableOf(normal, verbAt), hashOf(text)];
  return {
    operation: parts.filter((part) => part !== "").join("."),
    normalForm: text.slice(0, MAX_NORMAL_FORM_LENGTH),
    givenName: comments.map((comment) => NAME_COMMENT.exec(comment)?.[1]).find(Boolean),
  };
}

function isText(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === "symbol" && token.text === text;
}

function normalText(tokens: readonly SqlToken[]): string {
  const parts: string[] = [];
  let before: SqlToken | undefined;
  for (const token of tokens) {
    if (before !== undefined && isApart(before, token)) parts.push(" ");
    parts.push(token.kind === "name" ? writtenName(token.text) : token.text);
    before = token;
  }
  return parts.join("");
}

function isApart(before: SqlToken, token: SqlToken): boolean {
  if (before.kind === "symbol" && (before.text === "(" || before.text === ".")) return false;
  if (token.kind !== "symbol") return true;
  if (token.text === "(") return before.kind !== "name";
  return token.text !== ")" && token.text !== "," && token.text !== "." && token.text !== ";";
}

const PLAIN_NAME = /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;

/** However a name was quoted, it is quoted in one way, and only if it has to be. */
function writtenName(name: string): string {
  const isPlain = PLAIN_NAME.test(name) && keywordOf(name) === undefined;
  return isPlain ? name : `"${name.replaceAll('"', '""').replaceAll(/\s/g, " ")}"`;
}

/** FNV-1a over the UTF-16 units, in 8 hexadecimal digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** What introduces the table, by the verb. */
const TABLE_AFTER: ReadonlyMap<string, readonly string[]> = new Map([
  ["SELECT", ["FROM"]],
  ["DELETE", ["FROM"]],
  ["INSERT", ["INTO"]],
  ["REPLACE", ["INTO"]],
  ["UPDATE", ["UPDATE"]],
  ["CREATE", ["TABLE", "VIEW", "ON"]],
  ["DROP", ["TABLE", "VIEW", "INDEX", "TRIGGER"]],
  ["ALTER", ["TABLE"]],
  ["PRAGMA", ["PRAGMA"]],
  ["ANALYZE", ["ANALYZE"]],
  ["REINDEX", ["REINDEX"]],
  ["VALUES", []],
]);
const BEFORE_TABLE: ReadonlySet<string> = new Set(
  "IF NOT EXISTS OR ABORT FAIL IGNORE REPLACE ROLLBACK".split(" "),
);

/** As `sqlSkeleton` has it. */
function wordOf({ kind, text }: SqlToken): string {
  return kind === "keyword" || kind === "symbol" ? text : "";
}

function verbOf(tokens: readonly SqlToken[], verbAt: number): string {
  const first = tokens[0];
  if (first?.kind !== "keyword") return "sql";
  if (first.text === "EXPLAIN") return "explain";
  const main = tokens[verbAt]?.text ?? "";
  return TABLE_AFTER.has(main) ? main.toLowerCase() : "sql";
}

function tableOf(tokens: readonly SqlToken[], verbAt: number): string {
  const introducing = TABLE_AFTER.get(tokens[verbAt]?.text ?? "") ?? [];
  for (let at = verbAt; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind !== "keyword" || !introducing.includes(token.text)) continue;
    if (tokens[at - 1]?.text === "DISTINCT") continue;
    const name = nameAfter(tokens, at);
    if (name !== "") return safeName(name);
  }
  return "";
}

/** The last part of a name such as `main.orders`; nothing if what follows is no name. */
function nameAfter(tokens: readonly SqlToken[], introducedAt: number): string {
  let at = introducedAt + 1;
  while (tokens[at]?.kind === "keyword" && BEFORE_TABLE.has(tokens[at]?.text ?? "")) at += 1;
  while (isText(tokens[at + 1], ".")) at += 2;
  const token = tokens[at];
  return token?.kind === "name" || token?.kind === "keyword" ? token.text : "";
}

function safeName(name: string): string {
  return name
    .slice(0, MAX_TABLE_LENGTH)
    .toLowerCase()
    .slice(0, MAX_TABLE_LENGTH)
    .replaceAll(/[^a-z0-9_-]/g, "_");
}
