import { keywordOf } from "./sql-keywords.ts";
import { sqlLexemes } from "./sql-lexer.ts";

/**
 * What says how SQL is built: its keywords in capitals and its signs, in their order, and an empty
 * text for anything else. No name and no value is in it.
 */
export function sqlSkeleton(sql: string): string[] {
  const skeleton: string[] = [];
  for (const { kind, text } of sqlLexemes(sql)) {
    if (kind === "sign") skeleton.push(text);
    else if (kind === "word") skeleton.push(keywordOf(text) ?? "");
    else if (kind !== "comment") skeleton.push("");
  }
  return skeleton;
}
