/**
 * Whitespace and control characters, and the characters that turn the direction of the text after
 * them (Unicode UAX #9, section 2): a name must not rearrange the message that it stands in.
 */
const BREAKING = /[\s\p{Cc}\u2028\u2029]+/gu;
const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * `text` as one line of whole characters: every run of whitespace and control characters is one
 * space, none at the ends.
 */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(TURNING, "").replace(BREAKING, " ").trim();
}

/** The same line by line: lines stay, at most one of them empty in a row. */
export function wholeLines(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/u)
    .map(oneLine)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
