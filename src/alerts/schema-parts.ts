import * as v from "valibot";
import type { ResolvedReason } from "./alert.ts";
import type { Unit } from "./rule.ts";

/** What a stored alert's value may be measured in. */
export const UNIT_NAMES = ["Ms", "Rate", "Ratio", "Count"] as const satisfies readonly Unit[];

/** Why a stored alert may have ended. */
export const RESOLVED_REASONS = [
  "recovered",
  "no_data",
  "rule_removed",
  "rule_changed",
] as const satisfies readonly ResolvedReason[];

/** A text in each language. */
export const textsSchema = v.looseObject({ en: v.string(), "pt-BR": v.string() });
