/** Most characters of the name of whoever did something. */
export const MAX_BY = 80;

/** Most characters of the reason that somebody gives. */
export const MAX_WHY = 500;

/** What a name of somebody must be, for messages. */
export const BY_RULE = `must be who does it: 1 to ${MAX_BY} printable characters, as ana`;

/** No control characters, no line breaks, no halves of pairs, nothing that turns text round. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u;

/** Whether a value is a text of 1 to `max` printable characters (UTF-16 units), not all blank. */
export function isPrintable(value: unknown, max: number): value is string {
  if (typeof value !== "string" || value.length > max || value.trim() === "") return false;
  return PRINTABLE.test(value);
}
