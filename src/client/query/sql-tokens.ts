/** A piece of SQL that means something: no blanks, no comments. */
export interface SqlToken {
  /** `word` is a keyword or a bare name; `name` a quoted one; `param` is `?` or `?12`. */
  readonly kind: "word" | "name" | "text" | "number" | "param" | "sign";
  /** What it says, without quotes. A text's own text is left out. */
  readonly value: string;
}

const PATTERN =
  /(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>x?'(?:[^']+|'')*(?:'|$))|"(?<double>(?:[^"]+|"")*)(?:"|$)|`(?<back>(?:[^`]+|``)*)(?:`|$)|\[(?<bracket>[^\]]*)(?:\]|$)|(?<param>\?\d*|[:@$][\w$]+)|(?<number>(?:0x[\da-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))|(?<word>[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*)|(?<sign>->>|->|\|\||<=|>=|<>|!=|==|<<|>>|[\s\S])/giuy;

/** Cuts SQL into tokens, as SQLite does. What it cannot read becomes signs; it never throws. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const { groups } of sql.matchAll(PATTERN)) {
    const token = groups === undefined ? undefined : tokenOf(groups);
    if (token !== undefined) tokens.push(token);
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

type Groups = Readonly<Record<string, string | undefined>>;

function tokenOf(groups: Groups): SqlToken | undefined {
  const { text, double, back, bracket, param, number, word, sign } = groups;
  if (word !== undefined) return { kind: "word", value: word };
  if (sign !== undefined) return { kind: "sign", value: sign };
  if (param !== undefined) return { kind: "param", value: param };
  if (number !== undefined) return { kind: "number", value: number };
  if (text !== undefined) return { kind: "text", value: "" };
  if (double !== undefined) return { kind: "name", value: double.replaceAll('""', '"') };
  if (back !== undefined) return { kind: "name", value: back.replaceAll("``", "`") };
  return bracket === undefined ? undefined : { kind: "name", value: bracket };
}
