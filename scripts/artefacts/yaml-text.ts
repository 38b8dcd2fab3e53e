import { Document, isMap, visit } from "yaml";

/** The key whose text is written as a comment above what has it. */
const COMMENT = "comment";

/**
 * A file of YAML with a comment at its top, which says where it comes from. A `comment` of an object
 * becomes a comment above it.
 * @param head lines without `#`
 */
export function yamlText(head: readonly string[], content: object): string {
  // As JSON has it: builders leave methods in what they build, which YAML has no way to write.
  const plain: unknown = JSON.parse(JSON.stringify(content));
  const document = new Document(plain, { aliasDuplicateObjects: false });
  visit(document, {
    Map(_, map) {
      const comment = map.get(COMMENT);
      if (typeof comment !== "string" || !isMap(map)) return;
      map.delete(COMMENT);
      map.commentBefore = ` ${comment}`;
    },
  });
  const top = head.map((line) => `# ${line}`.trimEnd()).join("\n");
  return `${top}\n\n${document.toString({ lineWidth: 0, blockQuote: "literal" })}`;
}

/** That nobody edits what is made. */
export const MADE_BY =
  "Made by `npm run artefacts` from src/alerts/default-rules.ts: change that, not this.";
