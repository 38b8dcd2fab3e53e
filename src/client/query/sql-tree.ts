import { isReserved } from "../sql/sql-keywords.ts";
import { sqlTokens } from "./sql-tokens.ts";
import type { SqlToken } from "./sql-tokens.ts";

/** What stands between two parentheses. */
export interface SqlGroup {
  readonly kind: "group";
  readonly children: readonly SqlNode[];
}

export type SqlNode = SqlToken | SqlGroup;

/** Deepest nesting that is read; nothing a person writes is deeper. */
const MAX_DEPTH = 50;

/** SQL by its parentheses, or undefined when they do not match or are nested too deep. */
export function sqlTree(sql: string): readonly SqlNode[] | undefined {
  let current: SqlNode[] = [];
  const open: SqlNode[][] = [];
  for (const token of sqlTokens(sql)) {
    if (token.kind !== "sign" || (token.value !== "(" && token.value !== ")")) current.push(token);
    else if (token.value === "(") {
      if (open.length === MAX_DEPTH) return undefined;
      const children: SqlNode[] = [];
      current.push({ kind: "group", children });
      open.push(current);
      current = children;
    } else {
      const outer = open.pop();
      if (outer === undefined) return undefined;
      current = outer;
    }
  }
  return open.length === 0 ? current : undefined;
}

/** Whether a node is one of these keywords, given in lower case. */
export function isWord(node: SqlNode | undefined, ...words: string[]): boolean {
  return node?.kind === "word" && words.includes(node.value.toLowerCase());
}

export function isSign(node: SqlNode | undefined, ...signs: string[]): boolean {
  return node?.kind === "sign" && signs.includes(node.value);
}

/** The name that a node is, or undefined when it is none. */
export function nameOf(node: SqlNode | undefined): string | undefined {
  if (node?.kind === "name") return node.value;
  return node?.kind === "word" && !isReserved(node.value) ? node.value : undefined;
}

/** The parts between the nodes that separate. */
export function splitAt(
  nodes: readonly SqlNode[],
  separates: (node: SqlNode, at: number) => boolean,
): SqlNode[][] {
  const parts: SqlNode[][] = [[]];
  for (const [at, node] of nodes.entries()) {
    if (separates(node, at)) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}
