const MAX_CHARACTERS = 500;

/** What an error says, as one bounded text. */
export function errorText(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return clipDetail(text === "" ? "an error without a message" : text);
}

/** A text of a receiver or an error at a length that can be stored and shown. */
export function clipDetail(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1)}…`;
}
