import { compareText } from "../compare-text.ts";
import { MAX_VALUE_LENGTH } from "./otlp-limits.ts";
import type { OtlpAttribute } from "./otlp-model.ts";

export const NO_VALUE: OtlpAttribute = { type: "none", text: "" };

/**
 * The text of a list or a map that is longer than a value may be. It is not built: texts within
 * texts double their escapes at each level, so that a kilobyte would become many megabytes.
 */
const TOO_LONG = " ".repeat(MAX_VALUE_LENGTH + 1);

/**
 * A list as one attribute.
 * @param items all of them, or the first ones where there are more than `MAX_VALUE_LENGTH`.
 */
export function listAttribute(items: readonly OtlpAttribute[]): OtlpAttribute {
  const length = items.reduce((sum, { text }) => sum + text.length + 1, 0);
  if (length > MAX_VALUE_LENGTH) return { type: "list", text: TOO_LONG };
  return { type: "list", text: JSON.stringify(items.map(({ type, text }) => [type, text])) };
}

/** A map as one attribute; the order of its entries makes no difference. Its entries: as above. */
export function mapAttribute(entries: ReadonlyMap<string, OtlpAttribute>): OtlpAttribute {
  let length = 0;
  for (const [key, { text }] of entries) length += key.length + text.length + 1;
  return { type: "map", text: length > MAX_VALUE_LENGTH ? TOO_LONG : entriesText(entries) };
}

/** A text that is the same for the same attributes, whatever their order. */
export function entriesText(entries: ReadonlyMap<string, OtlpAttribute>): string {
  const sorted = [...entries].toSorted(([left], [right]) => compareText(left, right));
  return JSON.stringify(sorted.map(([key, { type, text }]) => [key, type, text]));
}
