/** A table of Markdown; cells may hold Markdown of their own, but no line breaks. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line), ""];
}

/** Text as it stands in a program. */
export function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A block of a language. */
export function fenced(language: string, text: string): readonly string[] {
  return [`\`\`\`${language}`, text, "```", ""];
}

/** Above a page that is written by a program. */
export function generatedNote(source: string): readonly string[] {
  return [`<!-- Written by \`npm run docs\` from ${source}. Change it there. -->`, ""];
}

/** Where a heading is linked to on its page, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** An address in angle brackets would be a link, or a tag. */
function cellText(cell: string): string {
  return cell.replaceAll("|", "\\|").replaceAll(/ <(?=\w+@)/g, " \\<");
}
