/**
 * The end of a command's help page.
 * @param lines each a command and, after two spaces or more, what it is for.
 */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}
