import { SEVERITIES } from "../alerts/rule.ts";
import type { AlertNotice } from "./notice.ts";

/** Sorts what fires before what has ended, and the worst first. */
export function byUrgency(a: AlertNotice, b: AlertNotice): number {
  return rank(a) - rank(b);
}

function rank({ event, severity }: AlertNotice): number {
  return SEVERITIES.indexOf(severity) + (event === "resolved" ? SEVERITIES.length : 0);
}
