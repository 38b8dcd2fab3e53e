import * as v from "valibot";
import type { Unit } from "./rule.ts";

/** What a stored alert's value is measured in. It does not compile without every unit there is. */
export const unitSchema = v.enum({
  Ms: "Ms",
  Rate: "Rate",
  Ratio: "Ratio",
  Count: "Count",
  Value: "Value",
} as const satisfies { readonly [Name in Unit]: Name });

/** A text in each language. */
export const textsSchema = v.looseObject({ en: v.string(), "pt-BR": v.string() });
