/**
 * What moves a cursor, changes colours, turns text round or cannot be seen: control and format
 * characters, separators of lines and paragraphs, halves of pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text of somebody else's for one line of a terminal: what could do more than be read is shown as
 * `\x1b` or `\u{202e}`.
 */
export function safeText(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
  });
}

/** The same for a text of several lines, which it keeps. */
export function safeLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => safeText(line))
    .join("\n");
}

/** JSON on one line in which every such character is escaped; it parses to the same value. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNPRINTABLE, (character) =>
    // Beyond the first plane a character is two units, and JSON escapes units.
    Array.from({ length: character.length }, (_, index) => {
      const digits = character.charCodeAt(index).toString(16);
      return `\\u${digits.padStart(4, "0")}`;
    }).join(""),
  );
}
