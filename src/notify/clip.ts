/**
 * Cuts `text` to at most `maxLength` UTF-16 code units, with an ellipsis as the last of them where
 * something was cut. Never leaves half of a surrogate pair.
 */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  if (maxLength < 1) return "";
  const kept = text.slice(0, maxLength - 1);
  const last = kept.charCodeAt(kept.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${isHalf ? kept.slice(0, -1) : kept}…`;
}
