import type { AlertView } from "../../../../../src/stream/stream-frame.ts";

/**
 * The alerts that have each of the words in their rule, target, operation or severity. Upper and
 * lower case are the same.
 *
 * @param filter - words with spaces between; empty for all.
 */
export function filteredAlerts(alerts: readonly AlertView[], filter: string): readonly AlertView[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return alerts;
  return alerts.filter(({ rule, target, operation, severity }) => {
    const names = [rule, target, operation, severity.toLowerCase()];
    return words.every((word) => names.some((name) => name.includes(word)));
  });
}
