import type { AlertView } from "../../alerts/alert-view.ts";
import type { Comparison } from "../../alerts/rule.ts";
import { WHOLE_TARGET } from "../../names.ts";
import { formatThreshold, formatValue } from "../../notify/format.ts";
import type { Style } from "../output/colour.ts";

/** What an alert is about: `meta`, or `meta/events`. */
export function alertSubject({ target, operation }: AlertView): string {
  return operation === WHOLE_TARGET ? target : `${target}/${operation}`;
}

/**
 * What it found against what it may be: `812 ms >= 800 ms`; where that does not hold any more, or
 * holds of an earlier value, `now 703 ms, fires at >= 800 ms`.
 */
export function alertFinding({ value, comparison, threshold, unit }: AlertView): string {
  const condition = `${comparison} ${formatThreshold(threshold, unit, "en")}`;
  if (value === null) return `no value, fires at ${condition}`;
  const found = formatValue(value, unit, "en", threshold);
  if (holds(value, comparison, threshold)) return `${found} ${condition}`;
  return `now ${found}, fires at ${condition}`;
}

function holds(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case ">=":
      return value >= threshold;
    case ">":
      return value > threshold;
    case "<=":
      return value <= threshold;
    case "<":
      return value < threshold;
  }
}

/** Why nobody is told of it, and who has taken it on; empty if neither. */
export function alertMarks({ acknowledgedBy, silencedBy, inhibitedBy }: AlertView): string {
  const marks = [
    ...(acknowledgedBy === null ? [] : [`acknowledged by ${acknowledgedBy}`]),
    ...(silencedBy === null ? [] : [`silenced (${silencedBy})`]),
    ...(inhibitedBy === null ? [] : [`implied by ${inhibitedBy}`]),
  ];
  return marks.join(", ");
}

export function severityStyle({ severity }: AlertView): Style {
  switch (severity) {
    case "CRITICAL":
      return "red";
    case "HIGH":
      return "orange";
    case "MEDIUM":
      return "yellow";
    case "LOW":
      return "blue";
  }
}

export function alertStateStyle({ state }: Pick<AlertView, "state">): Style {
  switch (state) {
    case "firing":
      return "red";
    case "pending":
    case "nodata":
      return "yellow";
    case "resolved":
      return "green";
  }
}
