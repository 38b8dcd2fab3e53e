/** The name that a word in quotes stands for. @param quoted - A `quoted` lexeme. */
export function unquoted(quoted: string): string {
  const quote = quoted.charAt(0);
  const inner = quoted.slice(1, -1);
  return quote === "[" ? inner : inner.replaceAll(quote + quote, quote);
}
