import { SEVERITIES, type Severity } from "../../../src/alerts/rule.ts";
import type { BadgeColor } from "./badge.tsx";

/** What each severity's badge is coloured in. */
export const COLOR_OF_SEVERITY: Readonly<Record<Severity, BadgeColor>> = {
  CRITICAL: "red",
  HIGH: "orange",
  MEDIUM: "yellow",
  LOW: "blue",
};

/** 0 for the worst. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
