import { fitAll, jsonSize, type Medium } from "./fit.ts";
import type { WebhookAlert } from "./webhook-alert.ts";

/** A string of JSON: what `JSON.stringify` does with it is in its size. */
const JSON_TEXT: Medium = { escape: (codePoint) => codePoint, size: jsonSize };

type TextField =
  | "id"
  | "rule"
  | "target"
  | "operation"
  | "acknowledgedBy"
  | "title"
  | "condition"
  | "duration"
  | "link"
  | "summary"
  | "action";

/**
 * Texts in the order in which they are kept. First what says which alert it is, at last what is
 * looked up by that: a summary says other fields in a sentence, and what to do stands with the rule.
 */
const KEPT_FIRST: readonly (readonly TextField[])[] = [
  ["id"],
  ["rule", "target", "operation", "acknowledgedBy"],
  ["title", "condition", "duration"],
  ["link"],
  ["summary"],
  ["action"],
];

const WITHOUT_TEXTS = {
  id: "",
  rule: "",
  target: "",
  operation: "",
  title: "",
  condition: "",
  duration: "",
  link: "",
  summary: "",
  action: "",
} as const;

/**
 * All of `alerts`, with as much of their texts as a message of `limit` has room for. What has to be
 * cut ends with an ellipsis, the longest texts of a kind first; of a link there is all or nothing.
 * The same alerts always give the same.
 *
 * @param measure - what a message with these alerts takes of the limit, in bytes of JSON.
 */
export function fitWebhookAlerts(
  alerts: readonly WebhookAlert[],
  limit: number,
  measure: (alerts: readonly WebhookAlert[]) => number,
): readonly WebhookAlert[] {
  if (measure(alerts) <= limit) return alerts;
  let fitted: readonly WebhookAlert[] = alerts.map((alert) => ({
    ...alert,
    ...WITHOUT_TEXTS,
    acknowledgedBy: alert.acknowledgedBy === null ? null : "",
  }));
  for (const fields of KEPT_FIRST) {
    const texts = fitTexts(
      alerts.flatMap((alert) => fields.map((field) => alert[field] ?? "")),
      limit - measure(fitted),
      fields.includes("link"),
    );
    fitted = fitted.map((alert, i) => withTexts(alert, fields, texts.slice(i * fields.length)));
  }
  return fitted;
}

/** @param isWholeOnly - whether a text that would be cut is left out. */
function fitTexts(texts: readonly string[], room: number, isWholeOnly: boolean): readonly string[] {
  const wanted = texts.reduce((sum, text) => sum + jsonSize(text), 0);
  if (wanted <= room) return texts;
  const parts = texts.map((text) => ({ text, max: Math.max(0, room) }));
  const fitted = fitAll(parts, room, JSON_TEXT);
  return isWholeOnly ? fitted.map((text, i) => (text === texts[i] ? text : "")) : fitted;
}

function withTexts(
  alert: WebhookAlert,
  fields: readonly TextField[],
  texts: readonly string[],
): WebhookAlert {
  const given: Partial<Record<TextField, string>> = {};
  for (const [i, field] of fields.entries()) {
    if (alert[field] !== null) given[field] = texts[i] ?? "";
  }
  return { ...alert, ...given };
}
