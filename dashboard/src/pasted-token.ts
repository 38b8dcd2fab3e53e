/**
 * The token in what was pasted into the form: people copy whole header lines, such as
 * `Authorization: Bearer dev-read`. Empty if there is none.
 */
export function pastedToken(text: string): string {
  return text
    .trim()
    .replace(/^authorization\s*:\s*/i, "")
    .replace(/^bearer(\s+|$)/i, "");
}
