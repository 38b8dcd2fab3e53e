/** A name in an error, however long. */
export function shownName(name: unknown): string {
  const text = String(name);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
