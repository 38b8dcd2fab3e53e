import type { Comparison } from "../../../../src/alerts/rule.ts";

/** How a value is held against a threshold, as people write it. */
export const COMPARISON_SIGNS: Readonly<Record<Comparison, string>> = {
  ">=": "≥",
  ">": ">",
  "<=": "≤",
  "<": "<",
};
