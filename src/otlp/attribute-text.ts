import { compareText } from "../compare-text.ts";
import type { OtlpAttribute } from "./otlp-model.ts";

export const NO_VALUE: OtlpAttribute = { type: "none", text: "" };

/** A list as one attribute. */
export function listAttribute(items: readonly OtlpAttribute[]): OtlpAttribute {
  return { type: "list", text: JSON.stringify(items.map(({ type, text }) => [type, text])) };
}

/** A map as one attribute; the order of its entries makes no difference. */
export function mapAttribute(entries: ReadonlyMap<string, OtlpAttribute>): OtlpAttribute {
  const sorted = [...entries].toSorted(([left], [right]) => compareText(left, right));
  return {
    type: "map",
    text: JSON.stringify(sorted.map(([key, { type, text }]) => [key, type, text])),
  };
}
